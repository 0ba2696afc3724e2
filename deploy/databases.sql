-- PostgreSQL runs this once, before it opens its port for the first time: two databases, each owned by a role that may
-- do nothing elsewhere. The superuser's password is for people with repairs to do.

\getenv ingest_password INGEST_DB_PASSWORD
\getenv strapi_password STRAPI_DB_PASSWORD

CREATE ROLE asset_ingest LOGIN PASSWORD :'ingest_password';
CREATE DATABASE asset_ingest OWNER asset_ingest;
-- What the program works as, so that one studio's work cannot see another's rows; neither may own or bypass anything.
CREATE ROLE ingest_app NOLOGIN NOINHERIT;
CREATE ROLE ingest_system NOLOGIN NOINHERIT;
GRANT ingest_app, ingest_system TO asset_ingest;
REVOKE CONNECT ON DATABASE asset_ingest FROM PUBLIC;

CREATE ROLE strapi LOGIN PASSWORD :'strapi_password';
CREATE DATABASE strapi OWNER strapi;
REVOKE CONNECT ON DATABASE strapi FROM PUBLIC;
