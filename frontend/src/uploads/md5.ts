import SparkMD5 from "spark-md5";

const SLICE = 256 * 1024; // some milliseconds: between two of them whoever else waits has a turn

/** The MD5 of these bytes as `Content-MD5` writes it. Browsers count none themselves, and buckets know no other sum. */
export async function md5(bytes: Blob): Promise<string> {
  const counted = new SparkMD5.ArrayBuffer();
  for (let start = 0; start < bytes.size; start += SLICE) {
    counted.append(await bytes.slice(start, start + SLICE).arrayBuffer());
  }
  return btoa(counted.end(true));
}
