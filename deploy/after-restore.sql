-- Runs in the same transaction as the restore itself: no moment exists in which a worker could find these rows.
-- What waited when the backup was taken was most likely sent since. Nobody is mailed twice because of a restore.
UPDATE public.booking_message
   SET state = 'suppressed', reason = 'restored from backup', lease_token = NULL, lease_until = NULL
 WHERE state IN ('queued', 'sending');
