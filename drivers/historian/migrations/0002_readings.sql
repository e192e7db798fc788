-- Names and units beside the values, for dashboards and people.

CREATE VIEW readings AS
SELECT p.name AS point, m.at, m.value, p.unit, m.quality, m.quality & 3 = 0 AS good, m.available_at
FROM measurements AS m
JOIN points AS p ON p.id = m.point;
