-- step 1, once
SELECT create_hypertable('measurements', by_range('at', INTERVAL '1 day'),
                         if_not_exists => true, migrate_data => true);

-- step 2, once
ALTER TABLE measurements SET (
    timescaledb.enable_columnstore = true,
    timescaledb.segmentby = 'point',
    timescaledb.orderby = 'at DESC');

-- step 3, once
CALL add_columnstore_policy('measurements', after => INTERVAL '7 days', if_not_exists => true);

-- step 4, once
CREATE MATERIALIZED VIEW quarter_hours_continuous WITH (timescaledb.continuous) AS
SELECT point, time_bucket(INTERVAL '15 minutes', at) AS start,
       avg(value) FILTER (WHERE quality & 7171 = 0) AS mean,
       min(value) FILTER (WHERE quality & 7171 = 0) AS low,
       max(value) FILTER (WHERE quality & 7171 = 0) AS high,
       count(*) FILTER (WHERE quality & 7171 = 0) AS good_rows,
       count(*) AS all_rows
FROM measurements
GROUP BY point, time_bucket(INTERVAL '15 minutes', at)
WITH NO DATA;

-- step 5, once
CREATE OR REPLACE VIEW quarters AS
SELECT p.name AS point, q.start, q.mean, q.low, q.high, p.unit, q.good_rows, q.all_rows
FROM quarter_hours_continuous AS q
JOIN points AS p ON p.id = q.point;

-- on every start, 90 days kept
SELECT remove_continuous_aggregate_policy('quarter_hours_continuous', if_exists => true);

-- on every start, 90 days kept
SELECT add_continuous_aggregate_policy('quarter_hours_continuous', start_offset => INTERVAL '7689600 seconds', end_offset => INTERVAL '15 minutes', schedule_interval => INTERVAL '15 minutes');

-- on every start, 90 days kept
SELECT remove_retention_policy('measurements', if_exists => true);

-- on every start, 90 days kept
SELECT add_retention_policy('measurements', drop_after => INTERVAL '7776000 seconds');

-- on every start, all kept
SELECT remove_continuous_aggregate_policy('quarter_hours_continuous', if_exists => true);

-- on every start, all kept
SELECT add_continuous_aggregate_policy('quarter_hours_continuous', start_offset => NULL, end_offset => INTERVAL '15 minutes', schedule_interval => INTERVAL '15 minutes');

-- on every start, all kept
SELECT remove_retention_policy('measurements', if_exists => true);
