-- Takes back what the files beside it made, last first. The leaves stay; the tree over them is gone.

drop function ledger.proof_text(bigint);
drop function ledger.signed_checkpoint(bigint);
drop function ledger.inclusion_proof(bigint, bigint);
drop function ledger.tree_hash(bigint, bigint);
drop function ledger.tile(integer, bigint, integer);
drop table ledger.cosignature;
drop table ledger.checkpoint;
drop table ledger.tile_hash;
alter table ledger.access_leaf drop column tx;
alter table ledger.leaf_position disable trigger refuse;
delete from ledger.leaf_position;
alter table ledger.leaf_position enable trigger refuse;
