-- Learner state: the event log and what is made of it. Times are milliseconds since 1970, UTC; hlc is the hybrid logical clock; a ref is a number
-- of this database alone, and 0 stands for none.

-- What the database knows about itself, one row per name: the id of its device, versions of projections.
CREATE TABLE meta (
    name  TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

-- Courses and libraries that learner state refers to.
CREATE TABLE ref_course (
    course_ref INTEGER PRIMARY KEY,
    course_key TEXT NOT NULL,
    org        TEXT NOT NULL,
    frozen_at  INTEGER,
    ends_at    INTEGER
) STRICT;
CREATE UNIQUE INDEX ref_course_by_course_key ON ref_course (course_key);

-- Blocks, without branch and version.
CREATE TABLE ref_block (
    block_ref  INTEGER PRIMARY KEY,
    course_ref INTEGER NOT NULL,
    block_type TEXT NOT NULL,
    block_name TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX ref_block_by_course_block_type_block_name ON ref_block (course_ref, block_type, block_name);

-- Learners and staff. learner_id is drawn once, on any device, and means the same everywhere.
CREATE TABLE ref_user (
    user_ref   INTEGER PRIMARY KEY,
    learner_id BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX ref_user_by_learner_id ON ref_user (learner_id);

-- Devices: databases that events were first written in.
CREATE TABLE ref_device (
    device_ref INTEGER PRIMARY KEY,
    device_id  BLOB NOT NULL,
    suspect    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX ref_device_by_device_id ON ref_device (device_id);

-- Versions that events and grades name by hash: kind is content, policy, or pool for the list of what can be scored in a subsection.
CREATE TABLE ref_version (
    version_ref INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,
    hash        BLOB NOT NULL,
    body        BLOB
) STRICT;
CREATE UNIQUE INDEX ref_version_by_kind_hash ON ref_version (kind, hash);

-- A stream is what happened to one learner in one organisation; a staff stream has no learner.
CREATE TABLE stream (
    stream_ref INTEGER PRIMARY KEY,
    user_ref   INTEGER NOT NULL,
    org        TEXT NOT NULL,
    kind       TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX stream_by_user_org_kind ON stream (user_ref, org, kind);

-- How much of each stream is here from each device: numbers 1 to have_seq, without a gap.
CREATE TABLE cursor (
    stream_ref INTEGER NOT NULL,
    device_ref INTEGER NOT NULL,
    have_seq   INTEGER NOT NULL,
    have_hlc   INTEGER NOT NULL,
    have_hash  BLOB NOT NULL,
    PRIMARY KEY (stream_ref, device_ref)
) STRICT, WITHOUT ROWID;

-- The log: the truth. Everything below can be rebuilt from it.
CREATE TABLE event (
    stream_ref  INTEGER NOT NULL,
    device_ref  INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    hlc         INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    actor_ref   INTEGER NOT NULL,
    course_ref  INTEGER NOT NULL,
    block_ref   INTEGER NOT NULL,
    epoch       INTEGER NOT NULL,
    content_ref INTEGER NOT NULL,
    wall_ms     INTEGER NOT NULL,
    boot_id     INTEGER NOT NULL,
    mono_ms     INTEGER NOT NULL,
    payload     BLOB NOT NULL,
    hash        BLOB NOT NULL,
    prev_hash   BLOB NOT NULL,
    received_ms INTEGER NOT NULL,
    flags       INTEGER NOT NULL,
    PRIMARY KEY (stream_ref, device_ref, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_enrolments_by_course ON event (course_ref, hlc) WHERE kind = 'enrolment';
CREATE INDEX event_overrides ON event (stream_ref, block_ref, device_ref) WHERE kind = 'grade.override';
CREATE INDEX event_flagged ON event (flags) WHERE flags <> 0;

-- Events that cannot be understood or trusted. They are kept as they came, and reported.
CREATE TABLE quarantine (
    quarantine_ref INTEGER PRIMARY KEY,
    hash           BLOB NOT NULL,
    user_ref       INTEGER NOT NULL,
    reason         TEXT NOT NULL,
    bytes          BLOB NOT NULL,
    received_ms    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX quarantine_by_hash ON quarantine (hash);

-- Learners who were erased, by the hash of their id: nobody can bring them back.
CREATE TABLE erased (
    learner_hash BLOB NOT NULL,
    erased_ms    INTEGER NOT NULL,
    PRIMARY KEY (learner_hash)
) STRICT, WITHOUT ROWID;

-- What erased learners contribute to the enrolments over time.
CREATE TABLE enrolment_erased (
    course_ref INTEGER NOT NULL,
    day        TEXT NOT NULL,
    mode       TEXT NOT NULL,
    came       INTEGER NOT NULL,
    gone       INTEGER NOT NULL,
    PRIMARY KEY (course_ref, day, mode)
) STRICT, WITHOUT ROWID;

-- Accounts. Two devices may have given a name twice; that is reported, and the earlier one is found by it.
CREATE TABLE account (
    user_ref   INTEGER NOT NULL,
    name       TEXT NOT NULL,
    name_fold  TEXT NOT NULL,
    email      TEXT NOT NULL,
    hlc        INTEGER NOT NULL,
    device_ref INTEGER NOT NULL,
    PRIMARY KEY (user_ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_by_name_fold ON account (name_fold);

-- Enrolments: one row per learner and course, never deleted. Relative dates are counted from anchor_ms.
CREATE TABLE enrolment (
    user_ref   INTEGER NOT NULL,
    course_ref INTEGER NOT NULL,
    active     INTEGER NOT NULL,
    mode       TEXT NOT NULL,
    source     TEXT NOT NULL,
    first_ms   INTEGER NOT NULL,
    since_ms   INTEGER NOT NULL,
    anchor_ms  INTEGER NOT NULL,
    hlc        INTEGER NOT NULL,
    device_ref INTEGER NOT NULL,
    PRIMARY KEY (user_ref, course_ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX enrolment_by_course_active_user ON enrolment (course_ref, active, user_ref, mode);

-- Roles that were granted; revoked ones stay.
CREATE TABLE role_grant (
    user_ref   INTEGER NOT NULL,
    scope      TEXT NOT NULL,
    role       TEXT NOT NULL,
    granted    INTEGER NOT NULL,
    hlc        INTEGER NOT NULL,
    device_ref INTEGER NOT NULL,
    PRIMARY KEY (user_ref, scope, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX role_grant_by_scope_role ON role_grant (scope, role);

-- What blocks keep about a learner: a JSON object, and for each of its fields when it was written.
CREATE TABLE block_state (
    user_ref   INTEGER NOT NULL,
    course_ref INTEGER NOT NULL,
    block_ref  INTEGER NOT NULL,
    rev        INTEGER NOT NULL,
    state      BLOB NOT NULL,
    clocks     BLOB NOT NULL,
    epoch      INTEGER NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
) STRICT, WITHOUT ROWID;

-- Times that a learner has started again with a block; only those above 0.
CREATE TABLE epoch (
    user_ref     INTEGER NOT NULL,
    course_ref   INTEGER NOT NULL,
    block_ref    INTEGER NOT NULL,
    epoch        INTEGER NOT NULL,
    attempts_hlc INTEGER NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
) STRICT, WITHOUT ROWID;

-- Attempts. Their number is their rank by clock within the epoch. late_ms and evidence (1 the best, 5 the weakest) are empty if nobody has judged whether
-- they are in time.
CREATE TABLE attempt (
    user_ref      INTEGER NOT NULL,
    course_ref    INTEGER NOT NULL,
    block_ref     INTEGER NOT NULL,
    epoch         INTEGER NOT NULL,
    hlc           INTEGER NOT NULL,
    device_ref    INTEGER NOT NULL,
    seq           INTEGER NOT NULL,
    raw_earned    REAL NOT NULL,
    raw_possible  REAL NOT NULL,
    ungraded      INTEGER NOT NULL,
    wall_ms       INTEGER NOT NULL,
    content_ref   INTEGER NOT NULL,
    flags         INTEGER NOT NULL,
    method        TEXT NOT NULL,
    attempt_limit INTEGER NOT NULL,
    late_ms       INTEGER,
    evidence      INTEGER,
    PRIMARY KEY (user_ref, course_ref, block_ref, epoch, hlc, device_ref, seq)
) STRICT, WITHOUT ROWID;

-- Scores: what counts of the attempts, or what staff has set. ungraded attempts leave earned empty. late_ms and evidence are those of the attempt that the
-- points come from.
CREATE TABLE score (
    user_ref           INTEGER NOT NULL,
    course_ref         INTEGER NOT NULL,
    block_ref          INTEGER NOT NULL,
    epoch              INTEGER NOT NULL,
    raw_earned         REAL,
    raw_possible       REAL NOT NULL,
    attempts           INTEGER NOT NULL,
    over_limit         INTEGER NOT NULL,
    first_attempted_ms INTEGER,
    source             TEXT NOT NULL,
    late_ms            INTEGER,
    evidence           INTEGER,
    staff_earned       REAL,
    staff_possible     REAL NOT NULL,
    staff_epoch        INTEGER NOT NULL,
    staff_hlc          INTEGER NOT NULL,
    staff_device       INTEGER NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX score_by_course_block_user ON score (course_ref, block_ref, user_ref, raw_earned, raw_possible);

-- Completion of leaves, 0 to 1: the most that was reached in the epoch.
CREATE TABLE completion (
    user_ref   INTEGER NOT NULL,
    course_ref INTEGER NOT NULL,
    block_ref  INTEGER NOT NULL,
    epoch      INTEGER NOT NULL,
    value      REAL NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
) STRICT, WITHOUT ROWID;

-- Where a learner was last, on each device.
CREATE TABLE position (
    user_ref    INTEGER NOT NULL,
    course_ref  INTEGER NOT NULL,
    device_ref  INTEGER NOT NULL,
    block_ref   INTEGER NOT NULL,
    inner_place TEXT NOT NULL,
    hlc         INTEGER NOT NULL,
    PRIMARY KEY (user_ref, course_ref, device_ref)
) STRICT, WITHOUT ROWID;

-- Bookmarks; removed ones stay with present false.
CREATE TABLE bookmark (
    user_ref   INTEGER NOT NULL,
    course_ref INTEGER NOT NULL,
    block_ref  INTEGER NOT NULL,
    present    INTEGER NOT NULL,
    note       TEXT NOT NULL,
    hlc        INTEGER NOT NULL,
    device_ref INTEGER NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
) STRICT, WITHOUT ROWID;

-- Cohorts of a course. partition and group are 0 without a link to a content group.
CREATE TABLE cohort (
    course_ref   INTEGER NOT NULL,
    name         TEXT NOT NULL,
    assignment   TEXT NOT NULL,
    partition_id INTEGER NOT NULL,
    group_id     INTEGER NOT NULL,
    hlc          INTEGER NOT NULL,
    device_ref   INTEGER NOT NULL,
    PRIMARY KEY (course_ref, name)
) STRICT, WITHOUT ROWID;

-- The cohort of each learner.
CREATE TABLE cohort_member (
    user_ref   INTEGER NOT NULL,
    course_ref INTEGER NOT NULL,
    cohort     TEXT NOT NULL,
    hlc        INTEGER NOT NULL,
    device_ref INTEGER NOT NULL,
    PRIMARY KEY (user_ref, course_ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX cohort_member_by_course_cohort ON cohort_member (course_ref, cohort);

-- Groups of partitions that learners were put into. The first one stands, or the latest that took the place of one that was lost (replaced).
CREATE TABLE partition_assignment (
    user_ref     INTEGER NOT NULL,
    course_ref   INTEGER NOT NULL,
    partition_id INTEGER NOT NULL,
    group_id     INTEGER NOT NULL,
    replaced     INTEGER NOT NULL,
    hlc          INTEGER NOT NULL,
    device_ref   INTEGER NOT NULL,
    PRIMARY KEY (user_ref, course_ref, partition_id)
) STRICT, WITHOUT ROWID;

-- Since when what waited for the learner is open. It stays open whatever becomes of scores.
CREATE TABLE gate_opened (
    user_ref   INTEGER NOT NULL,
    course_ref INTEGER NOT NULL,
    block_ref  INTEGER NOT NULL,
    opened_ms  INTEGER NOT NULL,
    hlc        INTEGER NOT NULL,
    device_ref INTEGER NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
) STRICT, WITHOUT ROWID;

-- Personal due dates and extensions.
CREATE TABLE due_override (
    user_ref   INTEGER NOT NULL,
    course_ref INTEGER NOT NULL,
    block_ref  INTEGER NOT NULL,
    due_ms     INTEGER,
    reason     TEXT NOT NULL,
    actor_ref  INTEGER NOT NULL,
    hlc        INTEGER NOT NULL,
    device_ref INTEGER NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
) STRICT, WITHOUT ROWID;

-- Due dates of cohorts; those that were taken back have no due_ms.
CREATE TABLE cohort_due (
    course_ref INTEGER NOT NULL,
    cohort     TEXT NOT NULL,
    block_ref  INTEGER NOT NULL,
    due_ms     INTEGER,
    reason     TEXT NOT NULL,
    actor_ref  INTEGER NOT NULL,
    hlc        INTEGER NOT NULL,
    device_ref INTEGER NOT NULL,
    PRIMARY KEY (course_ref, cohort, block_ref)
) STRICT, WITHOUT ROWID;

-- What decides from when relative dates of a learner are counted, all that ever did: enrolments with their mode, and new beginnings, which have none.
CREATE TABLE enrolment_step (
    user_ref   INTEGER NOT NULL,
    course_ref INTEGER NOT NULL,
    hlc        INTEGER NOT NULL,
    device_ref INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    at_ms      INTEGER NOT NULL,
    mode       TEXT NOT NULL,
    PRIMARY KEY (user_ref, course_ref, hlc, device_ref, seq)
) STRICT, WITHOUT ROWID;

-- Attempts at exams. The first start holds, and the first time that it was handed in; starts counts those that are known. started_ms is absent where
-- none is known: after a reset, which begins the next epoch. That the time is over follows from started_ms and allowed_ms (0: no limit) and is not written.
CREATE TABLE exam_attempt (
    user_ref         INTEGER NOT NULL,
    course_ref       INTEGER NOT NULL,
    block_ref        INTEGER NOT NULL,
    epoch            INTEGER NOT NULL,
    started_ms       INTEGER,
    allowed_ms       INTEGER NOT NULL,
    hlc              INTEGER NOT NULL,
    device_ref       INTEGER NOT NULL,
    starts           INTEGER NOT NULL,
    submitted_ms     INTEGER,
    submitted_hlc    INTEGER NOT NULL,
    submitted_device INTEGER NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref, epoch)
) STRICT, WITHOUT ROWID;

-- Extra time for exams, in minutes or in percent of the time of each. block_ref 0 stands for all exams of the course.
CREATE TABLE exam_allowance (
    user_ref   INTEGER NOT NULL,
    course_ref INTEGER NOT NULL,
    block_ref  INTEGER NOT NULL,
    minutes    INTEGER NOT NULL,
    percent    INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    actor_ref  INTEGER NOT NULL,
    hlc        INTEGER NOT NULL,
    device_ref INTEGER NOT NULL,
    PRIMARY KEY (user_ref, course_ref, block_ref)
) STRICT, WITHOUT ROWID;

-- What is to be graded, written with the events that it follows from. block_ref is the block that they are about, 0 for everything of the learner, and
-- user_ref 0 stands for everybody, or with a block for those in cohorts that have a date of it. what says how much is concerned: 1 progress, 3 the grade of
-- the course too, 7 subsections too, 15 also what blocks were worth, 16 that a grade which waits for a frozen course is accepted. rev counts the events.
CREATE TABLE grade_due (
    course_ref INTEGER NOT NULL,
    user_ref   INTEGER NOT NULL,
    block_ref  INTEGER NOT NULL,
    what       INTEGER NOT NULL,
    rev        INTEGER NOT NULL,
    PRIMARY KEY (course_ref, user_ref, block_ref)
) STRICT, WITHOUT ROWID;

-- Lists of blocks that grades were made of, with what each was worth; body is JSON. Many grades share one.
CREATE TABLE grade_basis (
    hash BLOB NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (hash)
) STRICT, WITHOUT ROWID;

-- Grades of subsections, as computed. Who has never tried has no row. basis is the list that the grade was made of, pool the list of all that the subsection
-- had then, for whomever.
CREATE TABLE subsection_grade (
    course_ref         INTEGER NOT NULL,
    user_ref           INTEGER NOT NULL,
    block_ref          INTEGER NOT NULL,
    earned_all         REAL NOT NULL,
    possible_all       REAL NOT NULL,
    earned_graded      REAL NOT NULL,
    possible_graded    REAL NOT NULL,
    first_attempted_ms INTEGER,
    late_gain          REAL NOT NULL,
    late_loss          REAL NOT NULL,
    content_ref        INTEGER NOT NULL,
    pool_ref           INTEGER NOT NULL,
    basis              BLOB NOT NULL,
    PRIMARY KEY (course_ref, user_ref, block_ref)
) STRICT, WITHOUT ROWID;

-- Grades of courses. passed_ms is written once. The shadow is what the grade would be, had the course not been frozen.
CREATE TABLE course_grade (
    course_ref         INTEGER NOT NULL,
    user_ref           INTEGER NOT NULL,
    percent            REAL NOT NULL,
    letter             TEXT NOT NULL,
    passed             INTEGER NOT NULL,
    passed_ms          INTEGER,
    failed_ms          INTEGER,
    content_ref        INTEGER NOT NULL,
    policy_ref         INTEGER NOT NULL,
    shadow_percent     REAL,
    shadow_letter      TEXT NOT NULL,
    shadow_passed      INTEGER NOT NULL,
    shadow_content_ref INTEGER NOT NULL,
    shadow_policy_ref  INTEGER NOT NULL,
    rev                INTEGER NOT NULL,
    PRIMARY KEY (course_ref, user_ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX course_grade_by_user ON course_grade (user_ref);

-- How far learners have come. leaves has a bit for each leaf of the version of the course, in document order; the counts are of what the learner may open.
CREATE TABLE progress (
    user_ref         INTEGER NOT NULL,
    course_ref       INTEGER NOT NULL,
    content_ref      INTEGER NOT NULL,
    leaves           BLOB NOT NULL,
    done             INTEGER NOT NULL,
    total            INTEGER NOT NULL,
    units_complete   INTEGER NOT NULL,
    units_incomplete INTEGER NOT NULL,
    units_locked     INTEGER NOT NULL,
    PRIMARY KEY (user_ref, course_ref)
) STRICT, WITHOUT ROWID;

-- Grades of subsections that staff has set; removed ones have no numbers.
CREATE TABLE grade_override (
    course_ref      INTEGER NOT NULL,
    user_ref        INTEGER NOT NULL,
    block_ref       INTEGER NOT NULL,
    earned_all      REAL,
    possible_all    REAL,
    earned_graded   REAL,
    possible_graded REAL,
    reason          TEXT NOT NULL,
    actor_ref       INTEGER NOT NULL,
    hlc             INTEGER NOT NULL,
    device_ref      INTEGER NOT NULL,
    PRIMARY KEY (course_ref, user_ref, block_ref)
) STRICT, WITHOUT ROWID;

-- Rules for flags, all that were ever made. share is in hundredths of a percent, -1 takes back; a rule about a user has the user in place of scope_key.
CREATE TABLE flag_rule (
    user_ref     INTEGER NOT NULL,
    flag         TEXT NOT NULL,
    scope        TEXT NOT NULL,
    scope_key    TEXT NOT NULL,
    hlc          INTEGER NOT NULL,
    device_ref   INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    share        INTEGER NOT NULL,
    note         TEXT NOT NULL,
    actor_ref    INTEGER NOT NULL,
    made_ms      INTEGER NOT NULL,
    from_ms      INTEGER NOT NULL,
    expires_ms   INTEGER NOT NULL,
    offline_safe INTEGER NOT NULL,
    PRIMARY KEY (user_ref, flag, scope, scope_key, hlc, device_ref, seq)
) STRICT, WITHOUT ROWID;

-- What was said about devices: that they are revoked or reinstated, and corrections of their clocks.
CREATE TABLE device_notice (
    device_id  BLOB NOT NULL,
    hlc        INTEGER NOT NULL,
    device_ref INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    from_hlc   INTEGER NOT NULL,
    to_hlc     INTEGER NOT NULL,
    offset_ms  INTEGER NOT NULL,
    PRIMARY KEY (device_id, hlc, device_ref, kind)
) STRICT, WITHOUT ROWID;
