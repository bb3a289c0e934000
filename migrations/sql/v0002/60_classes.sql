-- Data classes that came after the first revision: a restriction may name each of them.

alter table registry.restriction drop constraint restriction_data_class_listed;
alter table registry.restriction add constraint restriction_data_class_listed check (data_class in
    ('SHELL', 'PERSON', 'IDENTITY', 'PHOTO', 'FAMILY', 'EXPLOITATION', 'EXPLOITATION_DETAIL',
    'NARRATIVE', 'CARE', 'MEDICAL', 'SHELTER', 'HANDOVER', 'REFERRAL', 'REFERRAL_TEXT',
    'BEST_INTERESTS', 'LEGAL', 'LEGAL_HOLD', 'ASSESSMENT', 'ASSESSMENT_OUTCOME', 'RISK_FLAG', 'TRAVEL',
    'REINTEGRATION', 'FEEDBACK', 'CONSENT', 'EMERGENCY', 'AGREEMENT', 'CLAUSE', 'CONTACT',
    'CONTACT_PRIVATE', 'MINUTES', 'ACCESS'));
