"""Strapi 5 over its REST API."""
