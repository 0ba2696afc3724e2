// Uploads files with an unmodified tus-js-client, all at once, as the JSON in the first argument says, and prints what
// came of each.
//
// [{file, endpoint, options, storage, stream, abortAtChunk, abortAtByte, terminate, untilGone, again}]; what comes
// `again` may have other options.

const fs = require('node:fs')
const { PassThrough } = require('node:stream')
const tus = require('tus-js-client')

function upload(asked, told, more) {
  return new Promise((resolve) => {
    const source = asked.stream
      ? fs.createReadStream(asked.file).pipe(new PassThrough()) // whose length and name nobody can know
      : fs.readFileSync(asked.file)
    const one = new tus.Upload(source, {
      endpoint: asked.endpoint,
      retryDelays: [0, 50, 100, 200, 400, 800],
      ...(asked.storage && { urlStorage: new tus.FileUrlStorage(asked.storage), fingerprint: async () => asked.file }),
      ...asked.options,
      ...more,
      onAfterResponse: (request, response) => {
        told.requests.push([request.getMethod(), response.getStatus()])
      },
      onProgress: (sent) => {
        told.progress = sent
        if (more.abortAtByte !== undefined && sent >= more.abortAtByte) stop()
      },
      onChunkComplete: () => {
        told.chunks += 1
        if (told.chunks === more.abortAtChunk) stop()
      },
      onSuccess: () => {
        told.succeeded = true
        end()
      },
      onError: (error) => {
        told.error = String(error)
        end()
      },
    })
    let stopped = false
    function stop() {
      if (stopped) return
      stopped = true
      one.abort(Boolean(more.terminate)).then(end, (error) => {
        told.error = String(error)
        end()
      })
    }
    function end() {
      told.uploadUrl = one.url
      resolve()
    }
    const kept = asked.storage ? one.findPreviousUploads() : Promise.resolve([])
    kept.then((previous) => {
      if (previous.length > 0) {
        told.resumed = true
        one.resumeFromPreviousUpload(previous[0])
      }
      one.start()
    })
  })
}

async function gone(asked, url) {
  for (;;) {
    const answer = await fetch(url, { method: 'HEAD', headers: { 'Tus-Resumable': '1.0.0', ...asked.options.headers } })
    if (answer.status === 410) return
    await new Promise((resolve) => setTimeout(resolve, 50)) // a poll, as clients do
  }
}

async function run(asked) {
  const told = { requests: [], progress: 0, chunks: 0, uploadUrl: null, succeeded: false, error: null, resumed: false }
  const { abortAtByte, abortAtChunk, terminate } = asked
  await upload(asked, told, { abortAtByte, abortAtChunk, terminate })
  if (asked.untilGone) await gone(asked, told.uploadUrl)
  if (asked.again) await upload(asked, told, asked.again)
  return told
}

Promise.all(JSON.parse(process.argv[2]).map(run)).then((told) => {
  fs.writeSync(1, JSON.stringify(told))
  process.exit(0) // a connection that is kept alive would keep us waiting
})
