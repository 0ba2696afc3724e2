'use strict';

// Runs the project in the working directory for a test session: on a free port of the loopback, with the tokens that the
// tests want, and only as long as whoever started it lives: its standard input ends when the parent does.
const fs = require('node:fs');
const path = require('node:path');

const app = process.cwd();
const { createStrapi } = require(path.join(app, 'node_modules/@strapi/strapi'));
const { ensureToken } = require(path.join(app, 'src/api-tokens'));

async function main() {
  process.stdin.on('end', () => process.exit()).resume();
  const strapi = await createStrapi({ appDir: app, distDir: app }).load();
  for (const [name, { type, actions }] of Object.entries(JSON.parse(process.env.TEST_TOKENS))) {
    await ensureToken(strapi, name, name, { type, actions });
  }
  await strapi.start();
  fs.writeSync(Number(process.env.READY_FD), `${strapi.server.httpServer.address().port}\n`);
}

main();
