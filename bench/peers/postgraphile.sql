-- What PostGraphile serves: the user's own rows, by the settings of its transaction, as its documentation advises.
CREATE SCHEMA peers;

CREATE VIEW peers.categories AS
SELECT id, name, color
  FROM public.categories
 WHERE user_id = current_setting('app.user')::uuid;

CREATE VIEW peers.items AS
SELECT id, category_id, name, description, quantity, unit, cost_price, expiry_date,
       item_status(expiry_date, expiring_from, current_setting('app.today')::date) AS status,
       expiry_date - current_setting('app.today')::date AS days_left,
       location, COALESCE(expiry_date, 'infinity') AS place
  FROM public.items
 WHERE user_id = current_setting('app.user')::uuid AND NOT used_up;

COMMENT ON VIEW peers.categories IS E'@primaryKey id';
COMMENT ON VIEW peers.items IS
    E'@primaryKey id\n@foreignKey (category_id) references peers.categories (id)|@fieldName category';
