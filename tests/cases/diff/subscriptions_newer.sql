-- @case origin
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none);
-- @new
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none, origin = none);
-- @case whether a password is needed
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none);
-- @new
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none, password_required = false);
-- @case who applies
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none);
-- @new
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none, run_as_owner = true);
-- @case failover
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none);
-- @new
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none, failover = true);
-- @case streaming in parallel
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none, streaming = on);
-- @new
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none, streaming = parallel);
