-- Undoes products: they, their barcodes and whose lots items are, are parked, and leave with the owner of the inventory.
-- squawk-ignore-file ban-drop-table, ban-drop-column -- the way back; what was in them is parked
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid -- on parked tables, made in this step
SET LOCAL lock_timeout = '200ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE categories, products, product_barcodes, items IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261130_10_products AS
    SELECT i.owner_id, p.*
    FROM products p
    JOIN inventories i ON i.id = p.inventory_id;
ALTER TABLE parked.u20261130_10_products
    ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE;
CREATE TABLE parked.u20261130_10_product_barcodes AS
    SELECT i.owner_id, b.*
    FROM product_barcodes b
    JOIN inventories i ON i.id = b.inventory_id;
ALTER TABLE parked.u20261130_10_product_barcodes
    ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE;
CREATE TABLE parked.u20261130_10_items AS
    SELECT i.owner_id, e.user_id, e.id, e.product_id
    FROM items e
    JOIN inventories i ON i.id = e.user_id
    WHERE e.product_id IS NOT NULL;
ALTER TABLE parked.u20261130_10_items
    ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE items
    DROP COLUMN product_id;
DROP TABLE product_barcodes;
DROP TABLE products;
