'use strict';

// Strapi checks `unique` in the program, which two requests at the same moment slip through. The database cannot be
// slipped through. Made at every start, after Strapi has made its tables: a migration file would run before there are
// any. Strapi leaves indexes alone that it has not made.
const INDEXES = [
  'CREATE UNIQUE INDEX IF NOT EXISTS publishers_ingest_key ON publishers (ingest_key)',
  'CREATE UNIQUE INDEX IF NOT EXISTS assets_ingest_key_published ON assets (ingest_key) WHERE published_at IS NOT NULL',
  'CREATE UNIQUE INDEX IF NOT EXISTS assets_ingest_key_draft ON assets (ingest_key) WHERE published_at IS NULL',
];

async function ensureUniqueKeys(strapi) {
  for (const index of INDEXES) {
    try {
      await strapi.db.connection.raw(index);
    } catch (error) {
      strapi.log.error(`several entries have the same ingestKey; delete all but the oldest and restart: ${error.message}`);
    }
  }
}

module.exports = { ensureUniqueKeys };
