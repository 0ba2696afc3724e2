-- The drift check goes over everything that one CMS holds, page by page.
CREATE INDEX publication_of_target ON publication (target, asset_id) WHERE external_id IS NOT NULL;
