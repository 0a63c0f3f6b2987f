// Package qdranttest is a small server that speaks the part of Qdrant's REST
// interface that the store uses, as its interface description has it. A real
// server was not to be had.
package qdranttest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Server is strict: unknown fields, unknown collections, vectors of another
// size and calls without the key are refused as Qdrant refuses them.
type Server struct {
	key string

	mu          sync.Mutex
	down        bool
	collections map[string]*collection
}

// New returns an empty server that wants this key, "" for none.
func New(key string) *Server {
	return &Server{key: key, collections: map[string]*collection{}}
}

// Down lets every call fail until it is called with false.
func (s *Server) Down(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// Points says how many points all collections hold, and how many collections
// there are.
func (s *Server) Points() (points, collections int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.collections {
		points += len(c.points)
	}
	return points, len(s.collections)
}

type collection struct {
	size   int
	points map[uint64][]float32
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		s.fail(w, http.StatusServiceUnavailable, "the test took the server down")
		return
	}
	if r.Header.Get("api-key") != s.key {
		http.Error(w, `{"status":{"error":"Invalid API key or JWT"}}`, http.StatusUnauthorized)
		return
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(parts) < 2 || parts[0] != "collections" {
		s.fail(w, http.StatusNotFound, "no such route")
		return
	}
	name, rest := parts[1], strings.Join(parts[2:], "/")
	c := s.collections[name]
	if c == nil && (rest != "" || r.Method == http.MethodGet) {
		s.fail(w, http.StatusNotFound, "Not found: Collection `"+name+"` doesn't exist!")
		return
	}
	switch r.Method + " " + rest {
	case "GET ":
		s.answer(w, map[string]any{"status": "green", "points_count": len(c.points)})
	case "PUT ":
		s.create(w, r, name)
	case "DELETE ":
		delete(s.collections, name)
		s.answer(w, true)
	case "PUT points":
		s.upsert(w, r, c)
	case "POST points/delete":
		var body struct{ Points []uint64 }
		if s.read(w, r, &body) {
			for _, id := range body.Points {
				delete(c.points, id)
			}
			s.answer(w, map[string]any{"operation_id": 1, "status": "completed"})
		}
	case "POST points/scroll":
		s.scroll(w, r, c)
	case "POST points/query":
		s.query(w, r, c)
	default:
		s.fail(w, http.StatusNotFound, "no such route")
	}
}

func (s *Server) read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		s.fail(w, http.StatusBadRequest, "Format error in JSON body: "+err.Error())
		return false
	}
	return true
}

func (s *Server) fail(w http.ResponseWriter, status int, text string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": map[string]string{"error": text}, "time": 0.001})
}

func (s *Server) answer(w http.ResponseWriter, result any) {
	_ = json.NewEncoder(w).Encode(map[string]any{"result": result, "status": "ok", "time": 0.001})
}

func (s *Server) create(w http.ResponseWriter, r *http.Request, name string) {
	var body struct {
		Vectors struct {
			Size     int
			Distance string
		}
	}
	if !s.read(w, r, &body) {
		return
	}
	if body.Vectors.Size < 1 || body.Vectors.Distance != "Dot" {
		s.fail(w, http.StatusUnprocessableEntity, "Validation error")
		return
	}
	s.collections[name] = &collection{body.Vectors.Size, map[uint64][]float32{}}
	s.answer(w, true)
}

func (s *Server) upsert(w http.ResponseWriter, r *http.Request, c *collection) {
	var body struct {
		Points []struct {
			ID     uint64
			Vector []float32
		}
	}
	if !s.read(w, r, &body) {
		return
	}
	for _, p := range body.Points {
		if len(p.Vector) != c.size {
			s.fail(w, http.StatusBadRequest, "Wrong input: Vector dimension error")
			return
		}
	}
	for _, p := range body.Points {
		c.points[p.ID] = p.Vector
	}
	s.answer(w, map[string]any{"operation_id": 1, "status": "completed"})
}

type found struct {
	ID      uint64  `json:"id"`
	Version int     `json:"version"`
	Score   float32 `json:"score"`
}

func (s *Server) scroll(w http.ResponseWriter, r *http.Request, c *collection) {
	var body struct {
		Limit       int
		Offset      *uint64
		WithPayload bool `json:"with_payload"`
		WithVector  bool `json:"with_vector"`
	}
	if !s.read(w, r, &body) {
		return
	}
	points, next := []map[string]any{}, any(nil)
	var ids []uint64
	for id := range c.points {
		if body.Offset == nil || id >= *body.Offset {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for i, id := range ids {
		if i == body.Limit {
			next = id
			break
		}
		points = append(points, map[string]any{"id": id})
	}
	s.answer(w, map[string]any{"points": points, "next_page_offset": next})
}

func (s *Server) query(w http.ResponseWriter, r *http.Request, c *collection) {
	var body struct {
		Query       []float32
		Limit       int
		WithPayload bool `json:"with_payload"`
		Filter      *struct {
			Must []struct {
				HasID []uint64 `json:"has_id"`
			}
		}
	}
	if !s.read(w, r, &body) {
		return
	}
	if len(body.Query) != c.size {
		s.fail(w, http.StatusBadRequest, "Wrong input: Vector dimension error")
		return
	}
	points := []found{}
	for id, vector := range c.points {
		if body.Filter != nil && !slices.Contains(body.Filter.Must[0].HasID, id) {
			continue
		}
		sum := float32(0)
		for i := range vector {
			sum += vector[i] * body.Query[i]
		}
		points = append(points, found{ID: id, Score: sum})
	}
	slices.SortFunc(points, func(a, b found) int { return cmp.Compare(b.Score, a.Score) })
	s.answer(w, map[string]any{"points": points[:min(body.Limit, len(points))]})
}
