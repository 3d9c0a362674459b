package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/winnowd/winnow/models"
)

// StartJob enters an act on many comments, and the job that carries it out, up to the
// place last. The Seq and ID of the act are the job's.
func (s *Store) StartJob(ctx context.Context, act models.Act, request []byte, last int64, total int) (models.Job, error) {
	j := models.Job{State: "running", Actor: act.Actor, Total: total, Begun: fromMillis(s.opts.Now().UnixMilli())}
	err := s.writer.do(ctx, change(func(tx *tx) (err error) {
		if j.Seq, err = s.act(tx, act); err != nil {
			return err
		}
		return insertJob(tx, j.Seq, request, last, total)
	}))
	if err != nil {
		return models.Job{}, fmt.Errorf("start job: %w", err)
	}
	j.ID = s.ActID(j.Seq)
	return j, nil
}

func insertJob(tx *tx, seq int64, request []byte, last int64, total int) error {
	_, err := tx.exec("INSERT INTO jobs (action_seq, request, last, total, state) VALUES (?, ?, ?, ?, 'running')", seq, string(request), last, total)
	return err
}

// StartUndo stops the job of an act, if it is still at work, marks the act undone, and
// enters the job that undoes it. The error wraps models.ErrNotFound if there is no such
// act, and models.ErrConflict if it cannot be undone or was.
func (s *Store) StartUndo(ctx context.Context, act int64, by models.Actor, request []byte) (models.Job, error) {
	j := models.Job{State: "running", Actor: by, Begun: fromMillis(s.opts.Now().UnixMilli())}
	err := s.writer.do(ctx, change(func(tx *tx) (err error) {
		op := &undoing{s: s, act: act, by: by}
		if _, _, _, err := op.check(tx); err != nil {
			return err
		}
		var last int64
		if _, err := tx.get("SELECT count(*), coalesce(max(decision_seq), 0) FROM verdicts INDEXED BY verdicts_action WHERE action_seq = ? AND undone = 0",
			[]any{act}, &j.Total, &last); err != nil {
			return err
		}
		if _, err := tx.exec("UPDATE jobs SET state = 'stopped' WHERE action_seq = ? AND state = 'running'", act); err != nil {
			return err
		}
		if j.Seq, err = op.begin(tx, nil, nil); err != nil {
			return err
		}
		return insertJob(tx, j.Seq, request, last, j.Total)
	}))
	if err != nil {
		return models.Job{}, fmt.Errorf("start undoing: %w", err)
	}
	j.ID = s.ActID(j.Seq)
	return j, nil
}

const jobColumns = "SELECT j.action_seq, a.actor_kind, a.actor_name, a.at, j.total, j.done, j.skipped, j.state, j.request, j.position, j.last FROM jobs j JOIN actions a ON a.seq = j.action_seq "

func (s *Store) scanJob(scan func(...any) error) (j models.Job, work models.JobWork, err error) {
	var at int64
	var request []byte
	err = scan(&j.Seq, &j.Actor.Kind, &j.Actor.Name, &at, &j.Total, &j.Done, &j.Skipped, &j.State, &request, &work.Position, &work.Last)
	j.ID, j.Begun, work.Seq, work.Actor, work.Request = s.ActID(j.Seq), fromMillis(at), j.Seq, j.Actor, request
	return j, work, err
}

// Job returns a job. The error wraps models.ErrNotFound.
func (s *Store) Job(ctx context.Context, seq int64) (models.Job, error) {
	j, _, err := s.scanJob(s.readers.QueryRowContext(ctx, jobColumns+"WHERE j.action_seq = ?", seq).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return j, fmt.Errorf("job: %w", models.ErrNotFound)
	}
	if err != nil {
		return j, fmt.Errorf("read job: %w", err)
	}
	return j, nil
}

// NextJob returns the oldest job that is at work; nil if there is none.
func (s *Store) NextJob(ctx context.Context) (*models.JobWork, error) {
	_, work, err := s.scanJob(s.readers.QueryRowContext(ctx, jobColumns+"WHERE j.action_seq = (SELECT action_seq FROM jobs INDEXED BY jobs_running WHERE state = 'running' ORDER BY action_seq LIMIT 1)").Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read jobs: %w", err)
	}
	return &work, nil
}

// Advance notes how far a job has come; with over it is done.
func (s *Store) Advance(ctx context.Context, step models.JobStep, over bool) error {
	err := s.writer.step(ctx, change(func(tx *tx) error { return tx.advance(&step, over) }))
	if err != nil {
		return fmt.Errorf("advance job: %w", err)
	}
	return nil
}

// advance notes a step of a job within a change. It refuses one that was stopped.
func (t *tx) advance(step *models.JobStep, over bool) error {
	state := "running"
	if over {
		state = "done"
	}
	n, err := t.exec("UPDATE jobs SET position = ?, done = done + ?, skipped = skipped + ?, state = ? WHERE action_seq = ? AND state = 'running'",
		step.Position, step.Done, step.Skipped, state, step.Seq)
	if err == nil && n == 0 {
		err = fmt.Errorf("the job was stopped: %w", models.ErrConflict)
	}
	return err
}
