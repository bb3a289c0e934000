-- One officer may hold two desks of an agency: what may not overlap is the same desk, by its first corridor.
alter table registry.focal_point drop constraint focal_point_period_excl;
alter table registry.focal_point add constraint focal_point_period_excl exclude using gist (
    registry.textrange(agency_code || chr(31) || coalesce(agreement_code, '') || chr(31) ||
        coalesce(corridors[1], '') || chr(31) || person, agency_code || chr(31) ||
        coalesce(agreement_code, '') || chr(31) || coalesce(corridors[1], '') || chr(31) || person, '[]')
        with &&, daterange(since_on, until_on) with &&);

-- The version in force is looked up by the agreement's code.
insert into registry.field_column (record_type, field, data_class, table_name, column_name) values
    ('Agreement', 'version', 'AGREEMENT', 'agreement', 'code');
