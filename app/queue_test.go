package app

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestQueue(t *testing.T) {
	t.Run("a person cancels an indexing batch", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := NewQueue()
			indexing := make(chan error, 1)
			go func() {
				indexing <- q.Do(t.Context(), Indexing, "a", nil, func(ctx context.Context) error {
					<-ctx.Done()
					return ctx.Err()
				})
			}()
			synctest.Wait()
			served := false
			err := q.Do(t.Context(), Interactive, "a", nil, func(context.Context) error { served = true; return nil })
			if err != nil || !served {
				t.Fatalf("interactive: served=%v err=%v", served, err)
			}
			if err := <-indexing; !errors.Is(err, errPreempted) {
				t.Fatalf("indexing ended with %v, want errPreempted", err)
			}
		})
	})
	t.Run("a piece of a survey makes room for a question, indexing for the piece", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := NewQueue()
			ended := map[string]error{}
			stands := func(name string, p Priority) {
				go func() {
					ended[name] = q.Do(t.Context(), p, "a", nil, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
				}()
				synctest.Wait()
			}
			stands("index", Indexing)
			stands("piece", Surveying)
			if !errors.Is(ended["index"], errPreempted) || ended["piece"] != nil {
				t.Fatalf("after the piece came: %v", ended)
			}
			if err := q.Do(t.Context(), Interactive, "a", nil, func(context.Context) error { return nil }); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if !errors.Is(ended["piece"], errPreempted) {
				t.Fatalf("after the question came: %v", ended)
			}
		})
	})
	t.Run("people take turns, then titles, then indexing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := NewQueue()
			release := make(chan struct{})
			go func() {
				_ = q.Do(t.Context(), Interactive, "a", nil, func(context.Context) error { <-release; return nil })
			}()
			synctest.Wait()
			var order []string
			work := func(name string, p Priority, owner string) {
				go func() {
					_ = q.Do(t.Context(), p, owner, nil, func(context.Context) error { order = append(order, name); return nil })
				}()
				synctest.Wait()
			}
			work("index", Indexing, "a")
			work("title", FollowUp, "a")
			work("a2", Interactive, "a")
			work("a3", Interactive, "a")
			work("b1", Interactive, "b")
			close(release)
			synctest.Wait()
			want := []string{"b1", "a2", "a3", "title", "index"}
			for i := range want {
				if i >= len(order) || order[i] != want[i] {
					t.Fatalf("order %v, want %v", order, want)
				}
			}
		})
	})
	t.Run("one who stops waiting does not block the next", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := NewQueue()
			release := make(chan struct{})
			go func() {
				_ = q.Do(t.Context(), Interactive, "a", nil, func(context.Context) error { <-release; return nil })
			}()
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			told := false
			if err := q.Do(ctx, Interactive, "a", func() { told = true }, func(context.Context) error { return nil }); !errors.Is(err, context.DeadlineExceeded) || !told {
				t.Fatalf("err %v told %v", err, told)
			}
			close(release)
			synctest.Wait()
			if err := q.Do(t.Context(), Indexing, "a", nil, func(context.Context) error { return nil }); err != nil {
				t.Fatal(err)
			}
			if q.Busy() {
				t.Fatal("the queue still holds a ticket")
			}
		})
	})
}
