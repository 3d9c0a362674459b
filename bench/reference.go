package main

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"
	_ "github.com/mattn/go-sqlite3" // the driver

	"github.com/winnowd/winnow/models"
)

// serveReference is the bare server, with a table the durable one.
func serveReference(t *rows) (hello, func() error, error) {
	l, err := listen()
	if err != nil {
		return hello{}, nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/comments", func(w http.ResponseWriter, r *http.Request) {
		var c models.Comment
		if err := json.UnmarshalRead(r.Body, &c); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if t != nil {
			if err := t.insert(&c); err != nil {
				http.Error(w, err.Error(), http.StatusServiceUnavailable)
				return
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(`{"id":"` + c.ID + `","site":"default","revision":1,"status":"queued"}`))
	})
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.Serve(l) }()
	stop := func() error {
		err := s.Shutdown(context.Background())
		if t != nil {
			err = errors.Join(err, t.close())
		}
		return err
	}
	return hello{Addr: l.Addr().String(), Key: "none"}, stop, nil
}

// rows is a durable table of comments with one index of random keys, written by
// one goroutine that commits whatever waits.
type rows struct {
	db   *sql.DB
	rows chan row
	done chan error
}

type row struct {
	id, body string
	answer   chan error
}

func openRows(dir string) (*rows, error) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "rows.db")+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE comments (seq INTEGER PRIMARY KEY, site_id INTEGER, comment_id TEXT, revision INTEGER,
		state TEXT, received_at INTEGER, body TEXT, UNIQUE (site_id, comment_id, revision)) STRICT`); err != nil {
		return nil, err
	}
	t := &rows{db: db, rows: make(chan row, 4096), done: make(chan error, 1)}
	go func() { t.done <- t.write() }()
	return t, nil
}

func (t *rows) insert(c *models.Comment) error {
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	r := row{c.ID, string(body), make(chan error, 1)}
	t.rows <- r
	return <-r.answer
}

const insertRow = "INSERT INTO comments (site_id, comment_id, revision, state, received_at, body) VALUES (1, ?, 1, 'queued', ?, ?)"

func (t *rows) write() error {
	insert, err := t.db.Prepare(insertRow)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	for first := range t.rows {
		batch := []row{first}
		for more := true; more && len(batch) < 1024; {
			select {
			case r, ok := <-t.rows:
				if more = ok; ok {
					batch = append(batch, r)
				}
			default:
				more = false
			}
		}
		err := t.commit(insert, batch)
		for _, r := range batch {
			r.answer <- err
		}
	}
	return nil
}

func (t *rows) commit(insert *sql.Stmt, batch []row) error {
	tx, err := t.db.Begin()
	if err != nil {
		return err
	}
	stmt := tx.Stmt(insert)
	for _, r := range batch {
		if _, err := stmt.Exec(r.id, time.Now().UnixMilli(), r.body); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

func (t *rows) close() error {
	close(t.rows)
	return errors.Join(<-t.done, t.db.Close())
}
