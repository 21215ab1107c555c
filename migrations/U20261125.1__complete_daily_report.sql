-- Undoes the complete daily report: what it added to reports, and the names of what was taken out, are parked, and leave
-- with the row they belong to.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
-- squawk-ignore-file constraint-missing-not-valid -- all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file ban-drop-column -- the way back; what was in them is parked
SET LOCAL lock_timeout = '400ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE take_outs, reports IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261125_1_take_outs AS
    SELECT user_id, id, name FROM take_outs;
ALTER TABLE parked.u20261125_1_take_outs
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id, id) REFERENCES take_outs (user_id, id) ON DELETE CASCADE;
CREATE TABLE parked.u20261125_1_reports AS
    SELECT user_id, id, by_location, aging, outcomes FROM reports;
ALTER TABLE parked.u20261125_1_reports
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id, id) REFERENCES reports (user_id, id) ON DELETE CASCADE;

ALTER TABLE take_outs
    DROP COLUMN name;
ALTER TABLE reports
    DROP COLUMN by_location,
    DROP COLUMN aging,
    DROP COLUMN outcomes;
