-- Takes back what the files beside it made, last first. Who was denied stays on record in the ledger.

drop table policy.denial_removal;
drop table policy.denial;
