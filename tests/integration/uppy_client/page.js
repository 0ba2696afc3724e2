// A page of somebody else's site, for the tests to drive.
import { straightToStorage, throughServer } from './ingest.js'

window.roads = { straightToStorage, throughServer }
window.begin = (road, server, key) => {
  const uppy = window.roads[road](server, key)
  const [file] = document.querySelector('input').files
  uppy.addFile({ name: file.name, type: file.type, data: file })
  window.uppy = uppy
  window.done = uppy.upload().then(
    (result) => ({ successful: result?.successful.length ?? 0, failed: (result?.failed ?? []).map((each) => each.error) }),
    (error) => ({ successful: 0, failed: [String(error)] }),
  )
}
