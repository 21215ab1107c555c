-- Nothing is undone: the inventories that users own go with the step before, which parks them.
SET LOCAL lock_timeout = '130ms';
