-- Takes back what the file beside it made. What was closed early stays closed.
drop trigger note_insert on registry.signature;
drop view past.signature;
delete from registry.state_edge where target = 'CLOSED' and source <> 'FOLLOW_UP';
update registry.state_edge set limit_days = null where number = 2;
update registry.state_edge set limit_days = 15 where number = 1 and source is null and target = 'SCREENED';
