-- The rows of a ledger, or of a table beside it; the caller puts in quoted names. (No mark may stand in a comment: a
-- name with a line break would end it.) The savepoint keeps the transaction usable where the server refuses after all.
SAVEPOINT ledger;
SELECT $columns FROM $table ORDER BY $order;
RELEASE SAVEPOINT ledger;
