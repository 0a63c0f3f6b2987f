// Package pgvector keeps vectors in PostgreSQL with the extension pgvector, in
// a table of ids and vectors. It must not know any text.
package pgvector

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kontor/localrag"
	"kontor/localrag/remote"
)

// indexFrom is from how many rows on an HNSW index is worth its memory: below,
// reading all of them is as fast and exact.
const indexFrom = 50_000

// store is a [remote.Store].
type store struct {
	options remote.Options
	table   string // quoted
	from    int
	pool    *pgxpool.Pool
}

// New returns a store that connects when it is opened. The address is
// postgres://user@host:port/database; TLS is required except on this computer,
// where sslmode decides.
func New(o remote.Options) remote.Store { return newStore(o, indexFrom) }

func newStore(o remote.Options, from int) *store {
	return &store{options: o, table: pgx.Identifier{o.Collection}.Sanitize(), from: from}
}

// config is made of the address alone: neither variables nor files of the
// system take part.
func (s *store) config() (*pgxpool.Config, error) {
	address := *s.options.Address
	host := address.Hostname()
	if user := s.options.User(); user != "" {
		address.User = url.UserPassword(user, s.options.Password)
	}
	address.Host = s.options.HostPort("5432")
	query := address.Query()
	if query.Get("sslmode") == "" {
		mode := "verify-full"
		if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
			mode = "prefer"
		}
		query.Set("sslmode", mode)
	}
	for key, value := range map[string]string{"passfile": "/dev/null", "connect_timeout": "10", "application_name": "kontor"} {
		query.Set(key, value)
	}
	address.RawQuery = query.Encode()
	config, err := pgxpool.ParseConfig(address.String())
	if err != nil {
		// pgx repeats the address, without the password, in its error.
		return nil, fmt.Errorf("pgvector: %w", err)
	}
	config.ConnConfig.DialFunc = s.options.DialContext
	config.ConnConfig.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	for _, fallback := range config.ConnConfig.Fallbacks {
		harden(fallback.TLSConfig)
	}
	harden(config.ConnConfig.TLSConfig)
	config.MaxConns, config.MinConns = 4, 0
	config.MaxConnIdleTime = 5 * time.Minute
	return config, nil
}

func harden(c *tls.Config) {
	if c != nil {
		c.MinVersion = tls.VersionTLS12
	}
}

// Open implements [remote.Store].
func (s *store) Open(ctx context.Context, dimension int, each func([]int64)) error {
	config, err := s.config()
	if err != nil {
		return err
	}
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return fmt.Errorf("pgvector: %w", err)
	}
	if err := s.prepare(ctx, dimension); err != nil {
		s.pool.Close()
		return fmt.Errorf("pgvector: %w", err)
	}
	rows, err := s.pool.Query(ctx, "SELECT id FROM "+s.table)
	if err != nil {
		return fmt.Errorf("pgvector: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		s.pool.Close()
		return fmt.Errorf("pgvector: %w", err)
	}
	each(ids)
	return nil
}

// prepare makes what is missing. Only a superuser, or nobody at all, needs the
// right to make extensions: it is not asked for where it is there already.
func (s *store) prepare(ctx context.Context, dimension int) error {
	var there bool
	err := s.pool.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'vector')").Scan(&there)
	if err == nil && !there {
		_, err = s.pool.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS vector")
	}
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (id bigint PRIMARY KEY, vector vector(%d) NOT NULL)", s.table, dimension))
	return err
}

// Upsert implements [remote.Store], in one transaction.
func (s *store) Upsert(ctx context.Context, ids []int64, vectors [][]float32) error {
	batch := &pgx.Batch{}
	statement := "INSERT INTO " + s.table + " (id, vector) VALUES ($1, $2::real[]::vector) ON CONFLICT (id) DO UPDATE SET vector = excluded.vector"
	for i, id := range ids {
		batch.Queue(statement, id, vectors[i])
	}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return tx.SendBatch(ctx, batch).Close() })
	if err == nil {
		err = s.index(ctx)
	}
	return wrap(err)
}

// index makes the HNSW index once the table is large.
func (s *store) index(ctx context.Context) error {
	var rows float64
	err := s.pool.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+s.table+" LIMIT $1) few", s.from).Scan(&rows)
	if err != nil || int(rows) < s.from {
		return err
	}
	name := pgx.Identifier{s.options.Collection + "_nn"}.Sanitize()
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// IF NOT EXISTS does not hold between two that begin at once.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext($1))", name); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "CREATE INDEX IF NOT EXISTS "+name+" ON "+s.table+" USING hnsw (vector vector_ip_ops)")
		return err
	})
}

// Delete implements [remote.Store].
func (s *store) Delete(ctx context.Context, ids []int64) error {
	_, err := s.pool.Exec(ctx, "DELETE FROM "+s.table+" WHERE id = ANY($1)", ids)
	return wrap(err)
}

// Nearest implements [remote.Store]. The operator gives the inner product with
// the sign turned.
func (s *store) Nearest(ctx context.Context, vector []float32, limit int, only []int64) ([]localrag.Scored, error) {
	var found []localrag.Scored
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		var rows pgx.Rows
		if only != nil {
			// The materialised part keeps the planner from walking the index and
			// throwing away what is not wanted.
			rows, err = tx.Query(ctx, "WITH wanted AS MATERIALIZED (SELECT id, vector FROM "+s.table+` WHERE id = ANY($3))
				SELECT id, -(vector <#> $1::real[]::vector) AS score FROM wanted ORDER BY score DESC, id LIMIT $2`, vector, limit, only)
		} else {
			// How many neighbours the index looks at: it never returns more.
			look := fmt.Sprintf("SET LOCAL hnsw.ef_search = %d", min(1000, max(100, 2*limit)))
			if _, err = tx.Exec(ctx, look); err != nil {
				return err
			}
			rows, err = tx.Query(ctx, "SELECT id, -(vector <#> $1::real[]::vector) FROM "+s.table+
				" ORDER BY vector <#> $1::real[]::vector LIMIT $2", vector, limit)
		}
		if err != nil {
			return err
		}
		found, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (hit localrag.Scored, err error) {
			return hit, row.Scan(&hit.ID, &hit.Score)
		})
		return err
	})
	return found, wrap(err)
}

// Drop implements [remote.Store].
func (s *store) Drop(ctx context.Context) error {
	_, err := s.pool.Exec(ctx, "DROP TABLE IF EXISTS "+s.table)
	return wrap(err)
}

// Close implements [remote.Store].
func (s *store) Close() error {
	if s.pool != nil {
		s.pool.Close()
	}
	return nil
}

func wrap(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("pgvector: %w", err)
}
