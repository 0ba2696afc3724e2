'use strict';

const { INGEST_ACTIONS, ensureToken } = require('./api-tokens');
const { ensureUniqueKeys } = require('./unique-keys');

module.exports = {
  register() {},

  async bootstrap({ strapi }) {
    await ensureUniqueKeys(strapi);
    if (process.env.STRAPI_INGEST_TOKEN) {
      await ensureToken(strapi, 'asset-ingest', process.env.STRAPI_INGEST_TOKEN, { actions: INGEST_ACTIONS });
    }
  },
};
