-- @case a subscription comes and goes
-- @old
-- @new
create subscription "Sub ""1""" connection 'host=nowhere dbname=x' publication p, "Other" with (connect = false, slot_name = none);
comment on subscription "Sub ""1""" is 'from afar';
-- @case one with a slot
-- @old
-- @new
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = 'other_slot');
-- @case another connection
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none);
-- @new
create subscription s connection 'host=elsewhere options=''-c x=y''' publication p with (connect = false, slot_name = none);
-- @case other publications
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none);
-- @new
create subscription s connection 'host=nowhere' publication q, "R" with (connect = false, slot_name = none);
-- @case another slot
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = 'one');
-- @new
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = 'two');
-- @case no slot any more
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false);
-- @new
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none);
-- @case enabled
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false);
-- @new
create subscription s connection 'host=nowhere' publication p with (connect = false);
alter subscription s enable;
-- @case binary
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none);
-- @new
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none, binary = true);
-- @case streaming
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none, streaming = off);
-- @new
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none, streaming = on);
-- @case synchronous commit
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none);
-- @new
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none, synchronous_commit = 'remote_apply');
-- @case two phases
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none);
-- @new
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none, two_phase = true);
-- @case disabled by errors
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none);
-- @new
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none, disable_on_error = true);
-- @case a comment
-- @old
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none);
-- @new
create subscription s connection 'host=nowhere' publication p with (connect = false, slot_name = none);
comment on subscription s is 'other';
