import AwsS3 from '@uppy/aws-s3'
import Uppy from '@uppy/core'
import Tus from '@uppy/tus'

const MIB = 2 ** 20

/** Resumable, through the server: any size, any network. */
export function throughServer(server, key) {
  return new Uppy().use(Tus, {
    endpoint: `${server}/api/v1/files`,
    headers: { Authorization: `Bearer ${key}` },
  })
}

/** Straight to where bytes live: small files in one request, others in parts. */
export function straightToStorage(server, key) {
  async function api(method, path, body) {
    const answer = await fetch(`${server}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: body && JSON.stringify(body),
    })
    const told = answer.status === 204 ? {} : await answer.json()
    if (!answer.ok) throw new Error(`${told.detail} ${told.remedy}`)
    return told
  }
  const open = (file, method) => api('POST', '/uploads', { filename: file.name, size: file.size, method })
  const absolute = (url) => new URL(url, server).href // a server that keeps bytes on its own disk may say a path only

  const uppy = new Uppy().use(AwsS3, {
    shouldUseMultipart: (file) => file.size > 16 * MIB,
    getChunkSize: (file) => Math.max(16 * MIB, Math.ceil(file.size / 10_000)),

    async getUploadParameters(file) {
      const plan = await open(file, 'single')
      uppy.setFileMeta(file.id, { uploadId: plan.upload_id })
      return { method: 'PUT', url: absolute(plan.url), headers: {} } // the browser says the length by itself
    },
    async createMultipartUpload(file) {
      const plan = await open(file, 'multipart')
      return { uploadId: plan.upload_id, key: plan.upload_id }
    },
    async signPart(_file, { uploadId, partNumber }) {
      const [part] = await api('POST', `/uploads/${uploadId}/parts:sign`, { numbers: [partNumber] })
      return { url: absolute(part.url) }
    },
    async listParts(_file, { uploadId }) {
      await api('POST', `/uploads/${uploadId}/parts:look`)
      const stored = []
      let cursor = ''
      do {
        const page = await api('GET', `/uploads/${uploadId}/parts?limit=1000${cursor && `&cursor=${cursor}`}`)
        stored.push(...page.items.filter((part) => part.status === 'UPLOADED'))
        cursor = page.next_cursor ?? ''
      } while (cursor)
      return stored.map((part) => ({ PartNumber: part.number, Size: part.size, ETag: part.etag }))
    },
    async completeMultipartUpload(_file, { uploadId }) {
      await api('POST', `/uploads/${uploadId}/complete`)
      return {}
    },
    async abortMultipartUpload(_file, { uploadId }) {
      await api('DELETE', `/uploads/${uploadId}`)
    },
  })

  // One signed request tells nobody that it was the last: say so.
  uppy.addPostProcessor(async (fileIds) => {
    for (const { error, meta } of fileIds.map((id) => uppy.getFile(id))) {
      if (meta.uploadId && !error) await api('POST', `/uploads/${meta.uploadId}/complete`)
    }
  })
  return uppy
}
