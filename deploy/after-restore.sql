-- Runs in the same transaction as the restore itself: no moment exists in which a worker could find these rows.
-- What waited when the backup was taken was most likely sent since. Nobody is mailed twice because of a restore.
UPDATE public.booking_message
   SET state = 'suppressed', reason = 'restored', lease_token = NULL, lease_until = NULL
 WHERE state IN ('queued', 'sending');

-- A reminder that came due between the backup and now has most likely gone, too. None that was due before a visit was
-- agreed is sent; so all are taken as agreed now. (A backup of an older release has no such column, and no reminders.)
DO $$
BEGIN
  IF EXISTS (
    SELECT FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = 'booking_appointment' AND column_name = 'agreed_at'
  ) THEN
    UPDATE public.booking_appointment SET agreed_at = now() WHERE agreed_at IS NOT NULL AND starts_at > now();
  END IF;
END $$;
