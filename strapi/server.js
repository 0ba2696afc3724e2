'use strict';

// Starts Strapi by itself: the command `strapi start` would load the tools that build the admin panel first.
const { createStrapi } = require('@strapi/strapi');

createStrapi({ appDir: __dirname, distDir: __dirname }).start();
