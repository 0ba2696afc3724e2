-- A studio with :n assets and as many jobs, and nine small ones beside it. Run by the superuser with all triggers off, so
-- what they keep (names of publishers, rows of tags) is written here. Words, kinds and tags are as unlike in frequency as
-- life's: a quarter, a twentieth, one in four hundred, a single one.

CREATE FUNCTION pg_temp.ident(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN lpad(to_hex(n), 32, '0')::uuid;
CREATE FUNCTION pg_temp.dice(n bigint, salt int) RETURNS int LANGUAGE sql IMMUTABLE
    RETURN hashint8(n * 31 + salt) & 2147483647;

INSERT INTO studio (id, name, created_at, slug, last_seq)
SELECT pg_temp.ident(s), 'studio ' || s, now(), 's' || s, CASE s WHEN 1 THEN :n ELSE 0 END FROM generate_series(1, 10) AS s;
INSERT INTO member (id, studio_id, name, role, created_at, email)
SELECT pg_temp.ident(m), pg_temp.ident(1), 'member ' || m, CASE m WHEN 1 THEN 'ADMIN' ELSE 'ARTIST' END, now(), m || '@x.test'
FROM generate_series(1, greatest(200, :n / 500)) AS m;
INSERT INTO api_key (id, studio_id, member_id, name, secret_hash, created_at)
SELECT pg_temp.ident(k), pg_temp.ident(1), pg_temp.ident(1 + k % 200), 'key', md5(k::text) || md5(k::text), now()
FROM generate_series(1, greatest(200, :n / 500)) AS k;
INSERT INTO invitation (id, studio_id, email, role, token_hash, invited_by, created_at, expires_at)
SELECT pg_temp.ident(i), pg_temp.ident(1), 'i' || i || '@x.test', 'ARTIST', md5(i::text), pg_temp.ident(1), now(), now()
FROM generate_series(1, greatest(200, :n / 500)) AS i;
INSERT INTO publisher (id, studio_id, source, external_id, name, created_at)
SELECT pg_temp.ident(p), pg_temp.ident(1), 'store', p::text, 'Maker' || p, now() FROM generate_series(1, greatest(30, :n / 10000)) AS p;

INSERT INTO asset (id, studio_id, name, kind, created_by, created_at, updated_at, revision, current_version, publisher_id,
    metadata, provenance, ready_at, tags, trashed_at, publisher_name)
SELECT pg_temp.ident(n), pg_temp.ident(CASE WHEN n <= :n THEN 1 ELSE 2 + n % 9 END),
    (ARRAY['Forest', 'Rock', 'River', 'Forest', 'Castle', 'Rock', 'Tower', 'Desert', 'Rock', 'Forest',
        'Bridge', 'Harbour', 'Forest', 'Rock', 'Forest', 'Rock', 'Glacier', 'Village', 'Meadow', 'Cave'])[1 + pg_temp.dice(n, 1) % 20]
        || '_' || chr(97 + pg_temp.dice(n, 2) % 20) || 'or' || pg_temp.dice(n, 3) % 20 || ' v' || pg_temp.dice(n, 4) % 9
        || ' ' || left(md5(n::text), 10),
    CASE WHEN pg_temp.dice(n, 5) % greatest(100, :n / 100) = 0 THEN 'audio'
        ELSE (ARRAY['photo', 'unity_package', 'photo', 'video', 'photo', 'model3d'])[1 + pg_temp.dice(n, 5) % 6] END,
    pg_temp.ident(1 + CASE WHEN n % 3 = 0 THEN 0 ELSE pg_temp.dice(n, 6) % greatest(60, :n / 500) END),
    '2020-01-01Z'::timestamptz + n * interval '1 minute', '2020-01-01Z'::timestamptz + pg_temp.dice(n, 7) % :n * interval '1 minute',
    1, 1, p, '{"entry_count": 120, "unity_version": "2022.3.10f1"}', '{}', now(), tags,
    CASE WHEN pg_temp.dice(n, 8) % 50 = 0 THEN now() END, coalesce('Maker' || p_number, '')
FROM generate_series(1, :n + :n / 10) AS n
CROSS JOIN LATERAL (SELECT CASE WHEN n <= :n AND n % 4 = 0 THEN 1 + pg_temp.dice(n, 9) % greatest(30, :n / 10000) END AS p_number) AS made
CROSS JOIN LATERAL (SELECT pg_temp.ident(p_number) AS p, array_remove(ARRAY[
    CASE WHEN pg_temp.dice(n, 10) % 5 = 0 THEN 'common' END,
    CASE WHEN pg_temp.dice(n, 11) % 2 = 0 THEN 't' || pg_temp.dice(n, 12) % 200 END,
    CASE WHEN n % (:n / 20) = 7 THEN 'rare' END], NULL) AS tags) AS found;
INSERT INTO asset_term (studio_id, asset_id, created_at, updated_at, trashed, term, sort_name)
SELECT studio_id, id, created_at, updated_at, trashed_at IS NOT NULL, unnest(asset_terms(search, tags)), sort_name FROM asset;

INSERT INTO blob (id, studio_id, sha256, object_key, size, created_at)
SELECT id, studio_id, md5(id::text) || md5(id::text), 'k/' || id, 10000, created_at FROM asset;
INSERT INTO asset_version (id, studio_id, asset_id, number, blob_id, filename, content_type, created_by, created_at, facts)
SELECT id, studio_id, id, 1, id, name, 'image/png', created_by, created_at, '{}' FROM asset;
INSERT INTO rendition (version_id, studio_id, role, recipe, object_key, content_type, size)
SELECT id, studio_id, 'thumbnail', 'r', 'r/' || id, 'image/webp', 4000 FROM asset;
-- One asset of which there is much: versions, comments, verdicts and links.
INSERT INTO asset_version (id, studio_id, asset_id, number, blob_id, filename, content_type, created_by, created_at, facts)
SELECT pg_temp.ident(10000000 + v), pg_temp.ident(1), pg_temp.ident(1), v, pg_temp.ident(1), 'again.png', 'image/png', pg_temp.ident(1), now(), '{}'
FROM generate_series(2, greatest(30, :n / 10000)) AS v;
UPDATE asset SET latest_version = greatest(30, :n / 10000), trashed_at = NULL WHERE id = pg_temp.ident(1);
INSERT INTO comment (id, studio_id, asset_id, version, thread_id, text, created_by, created_at, revision, mentions, resolved_at)
SELECT pg_temp.ident(c), pg_temp.ident(1), pg_temp.ident(1), 1 + c % 100, pg_temp.ident(c - (c % 5)), 'a remark', pg_temp.ident(1 + c % 200), now(), 1, '{}',
    CASE WHEN c % 7 = 0 THEN now() END
FROM generate_series(5, greatest(1000, :n / 20)) AS c;
INSERT INTO approval (id, studio_id, asset_id, version, sha256, verdict, note, created_by, created_at, replaced_at)
SELECT pg_temp.ident(a), pg_temp.ident(1), pg_temp.ident(1), 1, repeat('a', 64), 'APPROVED', '', pg_temp.ident(1 + a % 200), now(), now()
FROM generate_series(1, greatest(200, :n / 500)) AS a;
INSERT INTO share (id, studio_id, asset_id, token_hash, seal, may_download, created_by, created_at, expires_at)
SELECT pg_temp.ident(s), pg_temp.ident(1), pg_temp.ident(1), md5(s::text), 'x', true, pg_temp.ident(1), now(), now()
FROM generate_series(1, greatest(200, :n / 500)) AS s;
INSERT INTO notification (id, studio_id, member_id, reason, asset_id, version, created_by, created_at, read_at)
SELECT pg_temp.ident(n), pg_temp.ident(1), pg_temp.ident(1 + n % 10), 'comment', pg_temp.ident(1 + n), 1, pg_temp.ident(2), now(), CASE WHEN n % 11 > 0 THEN now() END
FROM generate_series(1, :n / 10) AS n;
INSERT INTO package_entry (version_id, studio_id, number, guid, path, kind, size)
SELECT pg_temp.ident(2), pg_temp.ident(1), e, md5(e::text), 'Assets/' || md5(e::text), 'texture', 10 FROM generate_series(1, :n / 10) AS e;

INSERT INTO upload_group (id, studio_id, name, created_by, created_at, description)
SELECT pg_temp.ident(g), pg_temp.ident(1), 'group ' || g, pg_temp.ident(1), now(), '' FROM generate_series(1, greatest(200, :n / 100)) AS g;
INSERT INTO upload_job (id, studio_id, upload_id, original_filename, status, created_by, correlation_id, created_at, updated_at,
    revision, progress, size, asset_id, duplicate, metadata)
SELECT id, studio_id, id, name || '.png', CASE WHEN d % 5000 = 0 THEN 'PROCESSING' WHEN d % 100 = 0 THEN 'ERROR'
    WHEN d % 50 = 1 THEN 'CANCELLED' ELSE 'COMPLETE' END, created_by, 'c', created_at, created_at, 1, 100, 10000, id, false, '{}'
FROM asset CROSS JOIN LATERAL (SELECT pg_temp.dice(('x' || right(id::text, 8))::bit(32)::bigint, 13) AS d) AS rolled;
INSERT INTO upload_session (id, studio_id, job_id, object_key, filename, status, created_at, expires_at, size, blob_id, group_id)
SELECT id, studio_id, id, 'u/' || id, name, 'COMPLETED', created_at, created_at, 10000, id,
    CASE WHEN studio_id = pg_temp.ident(1) THEN pg_temp.ident(1 + pg_temp.dice(('x' || right(id::text, 8))::bit(32)::bigint, 14) % greatest(200, :n / 100)) END
FROM asset;
INSERT INTO fact (id, studio_id, type, at, actor, subject_kind, subject_id, revision, correlation_id, data, seq)
SELECT id, studio_id, 'asset.created', created_at, 'member:x', 'asset', CASE WHEN right(id::text, 2) = '00' THEN pg_temp.ident(1) ELSE id END, 1, 'c', '{}',
    ('x' || right(id::text, 8))::bit(32)::bigint FROM asset WHERE studio_id = pg_temp.ident(1);
