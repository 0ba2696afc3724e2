'use strict';

// All that asset_ingest asks for. It never deletes.
const INGEST_ACTIONS = [
  ...['asset', 'publisher'].flatMap((type) =>
    ['find', 'findOne', 'create', 'update'].map((action) => `api::${type}.${type}.${action}`)
  ),
  'plugin::upload.content-api.find',
  'plugin::upload.content-api.upload',
];

/** Have the API token `name` say `plain`, with these actions (`type` 'custom') or by its type alone. */
async function ensureToken(strapi, name, plain, { type = 'custom', actions = [] } = {}) {
  const tokens = strapi.db.query('admin::api-token');
  const permissions = strapi.db.query('admin::api-token-permission');
  const accessKey = strapi.service('admin::api-token').hash(plain);
  const held = await tokens.findOne({ where: { name }, populate: ['permissions'] });
  const data = { name, type, accessKey, description: '', kind: 'content-api', lifespan: null, expiresAt: null };
  const token = held ? await tokens.update({ where: { id: held.id }, data }) : await tokens.create({ data });
  const granted = new Set((held?.permissions ?? []).map(({ action }) => action));
  for (const action of actions.filter((wanted) => !granted.has(wanted))) {
    await permissions.create({ data: { action, token: token.id } });
  }
}

module.exports = { INGEST_ACTIONS, ensureToken };
