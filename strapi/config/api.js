'use strict';

// Strict: a field that does not exist is refused, never dropped in silence.
module.exports = {
  rest: { defaultLimit: 25, maxLimit: 100, withCount: true, strictParams: true },
  documents: { strictParams: true, strictRelations: true },
};
