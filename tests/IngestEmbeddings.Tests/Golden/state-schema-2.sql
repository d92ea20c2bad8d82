-- The state schema of version 2 (commit 582bb79), with a run over public.notes that was stopped half-way: of 16 rows, 1 to 6 are
-- written and 7 has failed; range 1 is done, 2 was claimed by a worker that ended, 3 was given back, and 13 to 16 are not carved.
CREATE SCHEMA IF NOT EXISTS ingest_embeddings;
CREATE TABLE ingest_embeddings.version (number integer NOT NULL);
CREATE TABLE ingest_embeddings.space (
    destination text PRIMARY KEY,
    model text NOT NULL,
    fingerprint text NOT NULL,
    dimension integer NOT NULL,
    normalized boolean NOT NULL,
    prefix text NOT NULL,
    max_tokens integer,
    precision text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE ingest_embeddings.run (
    run_id uuid PRIMARY KEY,
    destination text NOT NULL,
    source text NOT NULL,
    model text NOT NULL,
    fingerprint text NOT NULL,
    frontier text[],
    exhausted boolean NOT NULL DEFAULT false,
    pass smallint NOT NULL DEFAULT 0,
    next_chunk bigint NOT NULL DEFAULT 1,
    complete boolean NOT NULL DEFAULT false,
    frequency_table text,
    remade_since timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE UNIQUE INDEX run_live ON ingest_embeddings.run (destination) WHERE finished_at IS NULL;
CREATE TABLE ingest_embeddings.chunk (
    run_id uuid NOT NULL,
    no bigint NOT NULL,
    pass smallint NOT NULL,
    lo text[],
    hi text[] NOT NULL,
    cursor text[],
    state smallint NOT NULL,
    nonce uuid,
    fence bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    owner text,
    last_write uuid,
    PRIMARY KEY (run_id, no)
) WITH (fillfactor = 50);
CREATE INDEX chunk_open ON ingest_embeddings.chunk (run_id, no) WHERE state < 2;
CREATE TABLE ingest_embeddings.dead (
    destination text NOT NULL,
    key text[] NOT NULL,
    stage text NOT NULL,
    reason text NOT NULL,
    run_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (destination, key)
);
CREATE TABLE ingest_embeddings.dropped_index (
    name text PRIMARY KEY,
    destination text NOT NULL,
    definition text NOT NULL,
    dropped_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE ingest_embeddings.worker (
    run_id uuid NOT NULL,
    worker_id uuid PRIMARY KEY,
    host text NOT NULL,
    pid integer NOT NULL,
    number integer NOT NULL,
    version text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    last_seen timestamptz NOT NULL DEFAULT now(),
    rows_done bigint NOT NULL DEFAULT 0
);
INSERT INTO ingest_embeddings.version VALUES (2);
INSERT INTO ingest_embeddings.space (destination, model, fingerprint, dimension, normalized, prefix, max_tokens, precision)
VALUES ('public.notes.embedding', 'test:first', 'f1', 4, true, '', NULL, 'fp32');
INSERT INTO ingest_embeddings.run (run_id, destination, source, model, fingerprint, frontier, next_chunk, frequency_table)
SELECT '11111111-2222-3333-4444-555555555555', 'public.notes.embedding', 'public.notes'::regclass::oid || ' (id pg_catalog.int8) text',
       'test:first', 'f1', '{12}', 4, 'ingest_embeddings.frequency_11111111222233334444555555555555';
CREATE TABLE ingest_embeddings.frequency_11111111222233334444555555555555 AS SELECT 1::bigint AS hash, 1::bigint AS hash2, 2 AS rows;
INSERT INTO ingest_embeddings.chunk (run_id, no, pass, lo, hi, cursor, state, nonce, fence, lease_until, attempts, owner)
VALUES ('11111111-2222-3333-4444-555555555555', 1, 0, NULL, '{4}', '{4}', 2, gen_random_uuid(), 1, NULL, 0, 'elsewhere/7/0'),
       ('11111111-2222-3333-4444-555555555555', 2, 0, '{4}', '{8}', '{6}', 1, gen_random_uuid(), 1, now() - interval '1 minute', 0, 'elsewhere/7/0'),
       ('11111111-2222-3333-4444-555555555555', 3, 0, '{8}', '{12}', '{8}', 0, gen_random_uuid(), 2, NULL, 0, 'elsewhere/7/1');
INSERT INTO ingest_embeddings.dead (destination, key, stage, reason, run_id)
VALUES ('public.notes.embedding', '{7}', 'encode', 'the model failed', '11111111-2222-3333-4444-555555555555');
INSERT INTO ingest_embeddings.dropped_index (name, destination, definition) VALUES
    ('public.notes_embedding_hnsw', 'public.notes.embedding',
     'CREATE INDEX notes_embedding_hnsw ON public.notes USING hnsw (embedding vector_cosine_ops) WITH (m=''8'', ef_construction=''32'')'),
    ('public."Notes index"', 'public.notes.embedding', 'CREATE INDEX "Notes index" ON public.notes USING ivfflat (embedding)');
INSERT INTO ingest_embeddings.worker (run_id, worker_id, host, pid, number, version, rows_done)
VALUES ('11111111-2222-3333-4444-555555555555', gen_random_uuid(), 'elsewhere', 7, 0, '0.1.0', 6);
