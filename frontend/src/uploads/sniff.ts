/** What a file is by its first bytes: a look for the person who sends it. The server looks for itself. */
export interface Sniffed {
  text: string;
  endings: readonly string[];
}

type Sign = readonly [offset: number, bytes: string, text: string, endings: string];

// Bytes as text, one character each. What shares a beginning with others names all that it may be called.
const SIGNS: readonly Sign[] = [
  [0, "\x89PNG\r\n", "PNG picture", "png"],
  [0, "\xff\xd8\xff", "JPEG picture", "jpg jpeg jpe jfif"],
  [0, "GIF8", "GIF picture", "gif"],
  [8, "WEBP", "WebP picture", "webp"],
  [8, "WAVE", "WAV sound", "wav"],
  [8, "AVI ", "AVI video", "avi"],
  [4, "ftypheic", "HEIC picture", "heic heif"],
  [4, "ftypavif", "AVIF picture", "avif"],
  [4, "ftypM4A", "MPEG-4 sound", "m4a"],
  [4, "ftypqt", "QuickTime video", "mov qt"],
  [4, "ftyp", "MPEG-4 video", "mp4 m4v mov m4a 3gp"],
  [0, "\x1a\x45\xdf\xa3", "Matroska video", "mkv webm mka"],
  [0, "OggS", "Ogg", "ogg oga ogv opus"],
  [0, "fLaC", "FLAC sound", "flac"],
  [0, "ID3", "MP3 sound", "mp3"],
  [0, "Kaydara FBX Binary", "FBX model", "fbx"],
  [0, "glTF", "glTF model", "glb"],
  [0, "BLENDER", "Blender scene", "blend"],
  [0, "8BPS", "Photoshop picture", "psd psb"],
  [0, "%PDF-", "PDF document", "pdf ai"],
  [0, "\x1f\x8b", "gzip archive", "unitypackage gz tgz svgz blend"],
  [0, "PK\x03\x04", "ZIP archive", "zip usdz docx xlsx pptx odt ods jar apk vsix sketch kra 3mf cbz epub"],
];

export const SNIFFED_BYTES = 32;

export function sniff(head: Uint8Array): Sniffed | null {
  const text = String.fromCharCode(...head);
  const sign = SIGNS.find(([offset, bytes]) => text.startsWith(bytes, offset));
  return sign ? { text: sign[2], endings: sign[3].split(" ") } : null;
}

export function endingOf(name: string): string {
  return /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}
