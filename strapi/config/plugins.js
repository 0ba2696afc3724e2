'use strict';

module.exports = ({ env }) => ({
  'users-permissions': { config: { jwtSecret: env('JWT_SECRET') } },
  upload: {
    config: {
      sizeLimit: 32 * 1024 * 1024,
      breakpoints: {}, // thumbnails are small already: no further sizes of them
      security: { allowedTypes: ['image/*'], deniedTypes: ['image/svg+xml'] },
    },
  },
});
