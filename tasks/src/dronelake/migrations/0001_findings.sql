-- What detection found: one row a finding, in WGS 84 (EPSG:4326), lengths in metres.
-- The rows of one (orthophoto_version, model_version) are replaced together, in one transaction, so a rerun never doubles.
-- Who may read and write is the program's business: it sets the default privileges of this schema.
CREATE TABLE detections.finding (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project text NOT NULL,
    flight text NOT NULL,
    class text NOT NULL,
    score double precision NOT NULL CHECK (score >= 0 AND score <= 1),
    position geometry(Point, 4326) NOT NULL CHECK (NOT ST_IsEmpty(position)),
    box geometry(Polygon, 4326) NOT NULL CHECK (ST_IsValid(box) AND NOT ST_IsEmpty(box)),
    gsd_m double precision NOT NULL CHECK (gsd_m > 0),
    orthophoto_key text NOT NULL,
    orthophoto_version text NOT NULL,
    model_name text NOT NULL,
    model_version text NOT NULL,
    picture_key text,
    picture_version text,
    run text NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((picture_key IS NULL) = (picture_version IS NULL)),
    -- Two runs over the same input at the same moment: the second to commit fails here instead of doubling the rows.
    CONSTRAINT finding_once UNIQUE (orthophoto_version, model_version, class, position)
);

CREATE INDEX finding_position ON detections.finding USING gist (position);
CREATE INDEX finding_flight ON detections.finding (project, flight);
CREATE INDEX finding_class ON detections.finding (class, found_at);

COMMENT ON TABLE detections.finding IS 'Findings on orthophotos; replaced by (orthophoto_version, model_version)';
COMMENT ON COLUMN detections.finding.gsd_m IS 'ground sampling distance of the orthophoto, metres a pixel';
COMMENT ON COLUMN detections.finding.orthophoto_version IS 'VersionID of the orthophoto in drone-ortho';
COMMENT ON COLUMN detections.finding.model_version IS 'VersionID of model.onnx in ai-models';
