-- Means of quarter-hours that stay when raw rows go. On plain PostgreSQL the historian keeps them up to date:
-- whatever it stores marks its quarter-hour as due. With TimescaleDB a continuous aggregate takes its place.

CREATE TABLE quarter_hours (
    point integer NOT NULL,
    start timestamptz NOT NULL,
    mean double precision,
    low double precision,
    high double precision,
    good_rows bigint NOT NULL,
    all_rows bigint NOT NULL,
    PRIMARY KEY (point, start)
);

CREATE TABLE quarter_hours_due (
    start timestamptz PRIMARY KEY
);

CREATE VIEW quarters AS
SELECT p.name AS point, q.start, q.mean, q.low, q.high, p.unit, q.good_rows, q.all_rows
FROM quarter_hours AS q
JOIN points AS p ON p.id = q.point;

COMMENT ON VIEW quarters IS 'Mean, lowest and highest good value of each quarter-hour.';
