-- History of a site on plain PostgreSQL. Where TimescaleDB is installed, `measurements` becomes a
-- hypertable at run time; its unique key therefore contains the time column.

CREATE TABLE points (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    unit text NOT NULL,
    UNIQUE (name, unit)
);

CREATE TABLE measurements (
    point integer NOT NULL,
    at timestamptz NOT NULL,
    value double precision NOT NULL,
    quality integer NOT NULL,
    available_at timestamptz NOT NULL,
    PRIMARY KEY (point, at)
);

CREATE TABLE documents (
    kind text NOT NULL,
    id text NOT NULL,
    made_at_ns bigint NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (kind, id, made_at_ns)
);

CREATE TABLE interval_means (
    point integer NOT NULL,
    step_s double precision NOT NULL,
    end_ns bigint NOT NULL,
    mean double precision NOT NULL,
    good_share double precision NOT NULL,
    PRIMARY KEY (point, step_s, end_ns)
);

CREATE TABLE gaps (
    first_ns bigint NOT NULL,
    last_ns bigint NOT NULL,
    rows bigint NOT NULL,
    PRIMARY KEY (first_ns, last_ns, rows)
);

COMMENT ON TABLE gaps IS 'Telemetry that was lost before it reached the database; rows counts it.';
