-- The tables of learner state, as they are in both databases. Written by "go test ./courses/learner -run Schema -update".

CREATE TABLE account (
    user_ref bigint NOT NULL,
    name text NOT NULL,
    name_fold text NOT NULL,
    email text NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    PRIMARY KEY (user_ref)
);
CREATE INDEX account_by_name_fold ON account (name_fold);

CREATE TABLE attempt (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    block_ref bigint NOT NULL,
    epoch bigint NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    seq bigint NOT NULL,
    raw_earned double NOT NULL,
    raw_possible double NOT NULL,
    ungraded bigint NOT NULL,
    wall_ms bigint NOT NULL,
    content_ref bigint NOT NULL,
    flags bigint NOT NULL,
    method text NOT NULL,
    attempt_limit bigint NOT NULL,
    late_ms bigint,
    evidence bigint,
    PRIMARY KEY (user_ref, course_ref, block_ref, epoch, hlc, device_ref, seq)
);

CREATE TABLE block_state (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    block_ref bigint NOT NULL,
    rev bigint NOT NULL,
    state bytes NOT NULL,
    clocks bytes NOT NULL,
    epoch bigint NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
);

CREATE TABLE bookmark (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    block_ref bigint NOT NULL,
    present bigint NOT NULL,
    note text NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
);

CREATE TABLE cohort (
    course_ref bigint NOT NULL,
    name text NOT NULL,
    assignment text NOT NULL,
    partition_id bigint NOT NULL,
    group_id bigint NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    PRIMARY KEY (course_ref, name)
);

CREATE TABLE cohort_due (
    course_ref bigint NOT NULL,
    cohort text NOT NULL,
    block_ref bigint NOT NULL,
    due_ms bigint,
    reason text NOT NULL,
    actor_ref bigint NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    PRIMARY KEY (course_ref, cohort, block_ref)
);

CREATE TABLE cohort_member (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    cohort text NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    PRIMARY KEY (user_ref, course_ref)
);
CREATE INDEX cohort_member_by_course_cohort ON cohort_member (course_ref, cohort);

CREATE TABLE completion (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    block_ref bigint NOT NULL,
    epoch bigint NOT NULL,
    value double NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
);

CREATE TABLE course_grade (
    course_ref bigint NOT NULL,
    user_ref bigint NOT NULL,
    percent double NOT NULL,
    letter text NOT NULL,
    passed bigint NOT NULL,
    passed_ms bigint,
    failed_ms bigint,
    content_ref bigint NOT NULL,
    policy_ref bigint NOT NULL,
    shadow_percent double,
    shadow_letter text NOT NULL,
    shadow_passed bigint NOT NULL,
    shadow_content_ref bigint NOT NULL,
    shadow_policy_ref bigint NOT NULL,
    rev bigint NOT NULL,
    PRIMARY KEY (course_ref, user_ref)
);
CREATE INDEX course_grade_by_user ON course_grade (user_ref);

CREATE TABLE cursor (
    stream_ref bigint NOT NULL,
    device_ref bigint NOT NULL,
    have_seq bigint NOT NULL,
    have_hlc bigint NOT NULL,
    have_hash bytes NOT NULL,
    PRIMARY KEY (stream_ref, device_ref)
);

CREATE TABLE device_notice (
    device_id bytes NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    kind text NOT NULL,
    from_hlc bigint NOT NULL,
    to_hlc bigint NOT NULL,
    offset_ms bigint NOT NULL,
    PRIMARY KEY (device_id, hlc, device_ref, kind)
);

CREATE TABLE due_override (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    block_ref bigint NOT NULL,
    due_ms bigint,
    reason text NOT NULL,
    actor_ref bigint NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
);

CREATE TABLE enrolment (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    active bigint NOT NULL,
    mode text NOT NULL,
    source text NOT NULL,
    first_ms bigint NOT NULL,
    since_ms bigint NOT NULL,
    anchor_ms bigint NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    PRIMARY KEY (user_ref, course_ref)
);
CREATE INDEX enrolment_by_course_active_user ON enrolment (course_ref, active, user_ref, mode);

CREATE TABLE enrolment_erased (
    course_ref bigint NOT NULL,
    day text NOT NULL,
    mode text NOT NULL,
    came bigint NOT NULL,
    gone bigint NOT NULL,
    PRIMARY KEY (course_ref, day, mode)
);

CREATE TABLE enrolment_step (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    seq bigint NOT NULL,
    at_ms bigint NOT NULL,
    mode text NOT NULL,
    PRIMARY KEY (user_ref, course_ref, hlc, device_ref, seq)
);

CREATE TABLE epoch (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    block_ref bigint NOT NULL,
    epoch bigint NOT NULL,
    attempts_hlc bigint NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
);

CREATE TABLE erased (
    learner_hash bytes NOT NULL,
    erased_ms bigint NOT NULL,
    PRIMARY KEY (learner_hash)
);

CREATE TABLE event (
    stream_ref bigint NOT NULL,
    device_ref bigint NOT NULL,
    seq bigint NOT NULL,
    hlc bigint NOT NULL,
    kind text NOT NULL,
    actor_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    block_ref bigint NOT NULL,
    epoch bigint NOT NULL,
    content_ref bigint NOT NULL,
    wall_ms bigint NOT NULL,
    boot_id bigint NOT NULL,
    mono_ms bigint NOT NULL,
    payload bytes NOT NULL,
    hash bytes NOT NULL,
    prev_hash bytes NOT NULL,
    received_ms bigint NOT NULL,
    flags bigint NOT NULL,
    PRIMARY KEY (stream_ref, device_ref, seq)
);
CREATE INDEX event_enrolments_by_course ON event (course_ref, hlc);
CREATE INDEX event_flagged ON event (flags);
CREATE INDEX event_overrides ON event (stream_ref, block_ref, device_ref);

CREATE TABLE exam_allowance (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    block_ref bigint NOT NULL,
    minutes bigint NOT NULL,
    percent bigint NOT NULL,
    reason text NOT NULL,
    actor_ref bigint NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
);

CREATE TABLE exam_attempt (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    block_ref bigint NOT NULL,
    epoch bigint NOT NULL,
    started_ms bigint,
    allowed_ms bigint NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    starts bigint NOT NULL,
    submitted_ms bigint,
    submitted_hlc bigint NOT NULL,
    submitted_device bigint NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref, epoch)
);

CREATE TABLE flag_rule (
    user_ref bigint NOT NULL,
    flag text NOT NULL,
    scope text NOT NULL,
    scope_key text NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    seq bigint NOT NULL,
    share bigint NOT NULL,
    note text NOT NULL,
    actor_ref bigint NOT NULL,
    made_ms bigint NOT NULL,
    from_ms bigint NOT NULL,
    expires_ms bigint NOT NULL,
    offline_safe bigint NOT NULL,
    PRIMARY KEY (user_ref, flag, scope, scope_key, hlc, device_ref, seq)
);

CREATE TABLE gate_opened (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    block_ref bigint NOT NULL,
    opened_ms bigint NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
);

CREATE TABLE grade_basis (
    hash bytes NOT NULL,
    body bytes NOT NULL,
    PRIMARY KEY (hash)
);

CREATE TABLE grade_due (
    course_ref bigint NOT NULL,
    user_ref bigint NOT NULL,
    block_ref bigint NOT NULL,
    what bigint NOT NULL,
    rev bigint NOT NULL,
    PRIMARY KEY (course_ref, user_ref, block_ref)
);

CREATE TABLE grade_override (
    course_ref bigint NOT NULL,
    user_ref bigint NOT NULL,
    block_ref bigint NOT NULL,
    earned_all double,
    possible_all double,
    earned_graded double,
    possible_graded double,
    reason text NOT NULL,
    actor_ref bigint NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    PRIMARY KEY (course_ref, user_ref, block_ref)
);

CREATE TABLE meta (
    name text NOT NULL,
    value bytes NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE partition_assignment (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    partition_id bigint NOT NULL,
    group_id bigint NOT NULL,
    replaced bigint NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    PRIMARY KEY (user_ref, course_ref, partition_id)
);

CREATE TABLE position (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    device_ref bigint NOT NULL,
    block_ref bigint NOT NULL,
    inner_place text NOT NULL,
    hlc bigint NOT NULL,
    PRIMARY KEY (user_ref, course_ref, device_ref)
);

CREATE TABLE progress (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    content_ref bigint NOT NULL,
    leaves bytes NOT NULL,
    done bigint NOT NULL,
    total bigint NOT NULL,
    units_complete bigint NOT NULL,
    units_incomplete bigint NOT NULL,
    units_locked bigint NOT NULL,
    PRIMARY KEY (user_ref, course_ref)
);

CREATE TABLE quarantine (
    quarantine_ref bigint NOT NULL,
    hash bytes NOT NULL,
    user_ref bigint NOT NULL,
    reason text NOT NULL,
    bytes bytes NOT NULL,
    received_ms bigint NOT NULL,
    PRIMARY KEY (quarantine_ref)
);
CREATE UNIQUE INDEX quarantine_by_hash ON quarantine (hash);

CREATE TABLE ref_block (
    block_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    block_type text NOT NULL,
    block_name text NOT NULL,
    PRIMARY KEY (block_ref)
);
CREATE UNIQUE INDEX ref_block_by_course_block_type_block_name ON ref_block (course_ref, block_type, block_name);

CREATE TABLE ref_course (
    course_ref bigint NOT NULL,
    course_key text NOT NULL,
    org text NOT NULL,
    frozen_at bigint,
    ends_at bigint,
    PRIMARY KEY (course_ref)
);
CREATE UNIQUE INDEX ref_course_by_course_key ON ref_course (course_key);

CREATE TABLE ref_device (
    device_ref bigint NOT NULL,
    device_id bytes NOT NULL,
    suspect bigint NOT NULL,
    PRIMARY KEY (device_ref)
);
CREATE UNIQUE INDEX ref_device_by_device_id ON ref_device (device_id);

CREATE TABLE ref_user (
    user_ref bigint NOT NULL,
    learner_id bytes NOT NULL,
    PRIMARY KEY (user_ref)
);
CREATE UNIQUE INDEX ref_user_by_learner_id ON ref_user (learner_id);

CREATE TABLE ref_version (
    version_ref bigint NOT NULL,
    kind text NOT NULL,
    hash bytes NOT NULL,
    body bytes,
    PRIMARY KEY (version_ref)
);
CREATE UNIQUE INDEX ref_version_by_kind_hash ON ref_version (kind, hash);

CREATE TABLE role_grant (
    user_ref bigint NOT NULL,
    scope text NOT NULL,
    role text NOT NULL,
    granted bigint NOT NULL,
    hlc bigint NOT NULL,
    device_ref bigint NOT NULL,
    PRIMARY KEY (user_ref, scope, role)
);
CREATE INDEX role_grant_by_scope_role ON role_grant (scope, role);

CREATE TABLE score (
    user_ref bigint NOT NULL,
    course_ref bigint NOT NULL,
    block_ref bigint NOT NULL,
    epoch bigint NOT NULL,
    raw_earned double,
    raw_possible double NOT NULL,
    attempts bigint NOT NULL,
    over_limit bigint NOT NULL,
    first_attempted_ms bigint,
    source text NOT NULL,
    late_ms bigint,
    evidence bigint,
    staff_earned double,
    staff_possible double NOT NULL,
    staff_epoch bigint NOT NULL,
    staff_hlc bigint NOT NULL,
    staff_device bigint NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
);
CREATE INDEX score_by_course_block_user ON score (course_ref, block_ref, user_ref, raw_earned, raw_possible);

CREATE TABLE stream (
    stream_ref bigint NOT NULL,
    user_ref bigint NOT NULL,
    org text NOT NULL,
    kind text NOT NULL,
    PRIMARY KEY (stream_ref)
);
CREATE UNIQUE INDEX stream_by_user_org_kind ON stream (user_ref, org, kind);

CREATE TABLE subsection_grade (
    course_ref bigint NOT NULL,
    user_ref bigint NOT NULL,
    block_ref bigint NOT NULL,
    earned_all double NOT NULL,
    possible_all double NOT NULL,
    earned_graded double NOT NULL,
    possible_graded double NOT NULL,
    first_attempted_ms bigint,
    late_gain double NOT NULL,
    late_loss double NOT NULL,
    content_ref bigint NOT NULL,
    pool_ref bigint NOT NULL,
    basis bytes NOT NULL,
    PRIMARY KEY (course_ref, user_ref, block_ref)
);
