package app

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
)

// Principal is the person a call acts for. There is one on a desktop; an edge
// box may have several later, so every service call already names its own.
type Principal struct {
	OwnerID string
	// Local is true for callers that already may read this computer's files:
	// the window and the owner-only socket. Only they may name paths.
	Local bool
}

// Method is one entry of the surface that every shell serves: the window, the
// edge server and the local socket.
type Method struct {
	Name string
	// LocalOnly methods are refused to callers whose Principal is not Local.
	LocalOnly bool
	// Request and Result are the types that cross the border, for the TypeScript generator.
	Request reflect.Type
	Result  reflect.Type

	call func(ctx context.Context, p Principal, request json.RawMessage) (any, error)
}

// Surface is the typed table of all methods.
type Surface struct {
	methods map[string]Method
}

// handle adds a method; two of one name are a mistake in the program.
func handle[Req, Res any](s *Surface, name string, f func(context.Context, Principal, Req) (Res, error)) {
	add(s, name, false, f)
}

// handleLocal adds a method that only local principals may call.
func handleLocal[Req, Res any](s *Surface, name string, f func(context.Context, Principal, Req) (Res, error)) {
	add(s, name, true, f)
}

func add[Req, Res any](s *Surface, name string, local bool, f func(context.Context, Principal, Req) (Res, error)) {
	if s.methods == nil {
		s.methods = map[string]Method{}
	}
	if _, taken := s.methods[name]; taken {
		panic("app: method " + name + " is registered twice")
	}
	s.methods[name] = Method{
		Name:      name,
		LocalOnly: local,
		Request:   reflect.TypeFor[Req](),
		Result:    reflect.TypeFor[Res](),
		call: func(ctx context.Context, p Principal, raw json.RawMessage) (any, error) {
			var request Req
			if len(raw) > 0 {
				if err := json.Unmarshal(raw, &request); err != nil {
					return nil, &Error{Code: ProblemBadRequest, Cause: fmt.Errorf("decode %s: %w", name, err)}
				}
			}
			return f(ctx, p, request)
		},
	}
}

// Methods lists the table by name.
func (s *Surface) Methods() []Method {
	list := make([]Method, 0, len(s.methods))
	for _, m := range s.methods {
		list = append(list, m)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// Call runs a method. The error, if any, is an [*Error].
func (s *Surface) Call(ctx context.Context, p Principal, name string, request json.RawMessage) (json.RawMessage, error) {
	m, known := s.methods[name]
	if !known {
		return nil, &Error{Code: ProblemUnknownMethod, Cause: fmt.Errorf("no method %q", name)}
	}
	if m.LocalOnly && !p.Local {
		return nil, &Error{Code: ProblemNotAllowed, Cause: fmt.Errorf("%s is for local callers", name)}
	}
	result, err := m.call(ctx, p, request)
	if err != nil {
		return nil, AsError(err)
	}
	encoded, err := json.Marshal(result)
	if err != nil {
		return nil, &Error{Code: ProblemInternal, Cause: fmt.Errorf("encode %s: %w", name, err)}
	}
	return encoded, nil
}
