package policy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
)

// Errors of [Policy.Set] and [Policy.Reset].
var (
	// ErrLocked means that a policy decides this setting.
	ErrLocked = errors.New("policy: setting is locked")
	// ErrUnknown means that no such setting is declared.
	ErrUnknown = errors.New("policy: unknown setting")
	// ErrInvalid means that the value is not one the setting can have.
	ErrInvalid = errors.New("policy: invalid value")
)

// Origin says who decided a value.
type Origin string

// The origins, weakest first.
const (
	Builtin       Origin = "builtin"
	PolicyDefault Origin = "policy_default"
	User          Origin = "user"
	Enforced      Origin = "policy"
)

// Reasons of a [Problem].
const (
	ReasonUnreadable   = "unreadable"    // it is there and cannot be read
	ReasonNotProtected = "not_protected" // others than the administrator could have written it
	ReasonNotJSON      = "not_json"      // it is not the documented JSON
	ReasonUnknownKey   = "unknown_key"   // no such setting in this version
	ReasonInvalidValue = "invalid_value" // the setting cannot have this value
)

// CodePolicyBroken is the code of every [Problem].
const CodePolicyBroken = "policy_broken"

// Problem is a policy file or value that could not be obeyed.
type Problem struct {
	Code   string
	Source string // path of the file, or name of the variable
	Key    string // "" if the whole file is concerned
	Reason string
}

// UserStore keeps what the user chose.
type UserStore interface {
	Settings(ctx context.Context) (map[string]string, error)
	SetSetting(ctx context.Context, key, value string) error
	DeleteSetting(ctx context.Context, key string) error
}

// Value is a setting with what applies now.
type Value struct {
	Definition
	Value  string
	Origin Origin
	// Source is the file or variable the value comes from, "" otherwise.
	Source string
	Locked bool
}

// Options of [New].
type Options struct {
	// Definitions are [Definitions] if nil.
	Definitions []Definition
	// Sources of policies, weakest first; nil means [SystemSources].
	Sources []Source
	// User keeps the user's values; without it they last as long as the process.
	User UserStore
	// Env looks up a variable; none if nil.
	Env func(string) string
	// Changed is called after the value of any setting changed, without a lock held.
	Changed func()
}

// Policy answers what applies. It is safe for concurrent use.
type Policy struct {
	options Options
	defs    map[Key]Definition

	writing sync.Mutex // one change at a time, so that store and memory agree

	mu       sync.Mutex
	policies layers
	user     map[string]string
	preset   map[string]string // from the environment
	problems []Problem
}

// layers is what the administrator's documents amount to.
type layers struct {
	enforced map[Key]given
	defaults map[Key]given
}

type given struct{ value, source string }

// New returns a Policy that answers built-in values until [Policy.Load].
func New(o Options) *Policy {
	if o.Definitions == nil {
		o.Definitions = Definitions()
	}
	if o.Env == nil {
		o.Env = func(string) string { return "" }
	}
	if o.Sources == nil {
		o.Sources = SystemSources(o.Env)
	}
	p := &Policy{options: o, defs: map[Key]Definition{}, user: map[string]string{}, preset: map[string]string{}}
	for _, d := range o.Definitions {
		p.defs[d.Key] = d
	}
	return p
}

// Load reads all sources; called again it reads them anew.
func (p *Policy) Load(ctx context.Context) error {
	changed := false
	defer func() { p.tell(changed) }()
	p.writing.Lock()
	defer p.writing.Unlock()
	user := p.userValues()
	if p.options.User != nil {
		stored, err := p.options.User.Settings(ctx)
		if err != nil {
			return fmt.Errorf("read the user's settings: %w", err)
		}
		user = stored
	}
	policies, problems := p.readPolicies()
	preset, more := p.readEnvironment()
	problems = append(problems, more...)

	p.mu.Lock()
	before := p.all()
	p.policies, p.user, p.preset, p.problems = policies, user, preset, problems
	changed = !sameValues(before, p.all())
	p.mu.Unlock()
	return nil
}

func (p *Policy) userValues() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.user)
}

func (p *Policy) readPolicies() (layers, []Problem) {
	l := layers{enforced: map[Key]given{}, defaults: map[Key]given{}}
	var problems []Problem
	for _, source := range p.options.Sources {
		for _, doc := range source.Read() {
			problems = append(problems, p.apply(&l, doc)...)
		}
	}
	return l, problems
}

// apply adds one document to what the weaker ones said.
func (p *Policy) apply(l *layers, doc Document) []Problem {
	whole := func(reason string) []Problem {
		// Nobody knows what it was to enforce: every security setting fails closed.
		for _, d := range p.options.Definitions {
			if d.Security {
				l.enforced[d.Key] = given{d.Default, doc.Path}
			}
		}
		return []Problem{{Code: CodePolicyBroken, Source: doc.Path, Reason: reason}}
	}
	if doc.Reason != "" {
		return whole(doc.Reason)
	}
	c, err := decode(doc.Data)
	if err != nil {
		return whole(ReasonNotJSON)
	}
	var problems []Problem
	each := func(values map[string]any, layer map[Key]given) {
		for _, key := range slices.Sorted(maps.Keys(values)) {
			d, known := p.defs[Key(key)]
			text, ok := written(values[key])
			switch {
			case !known:
				problems = append(problems, Problem{CodePolicyBroken, doc.Path, key, ReasonUnknownKey})
			case !ok || !d.Valid(text):
				problems = append(problems, Problem{CodePolicyBroken, doc.Path, key, ReasonInvalidValue})
				if d.Security {
					l.enforced[d.Key] = given{d.Default, doc.Path}
				}
			default:
				layer[d.Key] = given{text, doc.Path}
			}
		}
	}
	each(c.Defaults, l.defaults)
	each(c.Enforced, l.enforced)
	return problems
}

func (p *Policy) readEnvironment() (map[string]string, []Problem) {
	preset := map[string]string{}
	var problems []Problem
	for _, d := range p.options.Definitions {
		if d.Environment == "" {
			continue
		}
		value := p.options.Env(d.Environment)
		switch {
		case value == "":
		case d.Valid(value):
			preset[string(d.Key)] = value
		default:
			problems = append(problems, Problem{CodePolicyBroken, d.Environment, string(d.Key), ReasonInvalidValue})
		}
	}
	return preset, problems
}

// Get returns what applies for a declared setting. An undeclared key is a
// mistake in the program and panics.
func (p *Policy) Get(key Key) Value {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.get(key)
}

func (p *Policy) get(key Key) Value {
	d, known := p.defs[key]
	if !known {
		panic("policy: setting " + string(key) + " is not declared")
	}
	if g, ok := p.policies.enforced[key]; ok {
		return Value{d, g.value, Enforced, g.source, true}
	}
	if v, ok := p.preset[string(key)]; ok {
		return Value{d, v, User, d.Environment, false}
	}
	// A stored value can have become invalid with another version.
	if v, ok := p.user[string(key)]; ok && d.Valid(v) {
		return Value{d, v, User, "", false}
	}
	if g, ok := p.policies.defaults[key]; ok {
		return Value{d, g.value, PolicyDefault, g.source, false}
	}
	return Value{d, d.Default, Builtin, "", false}
}

// Text returns the value of any setting as it is written.
func (p *Policy) Text(key Key) string { return p.Get(key).Value }

// Number returns the value of a number.
func (p *Policy) Number(key Key) int {
	n, err := strconv.Atoi(p.Get(key).Value)
	if err != nil {
		panic("policy: setting " + string(key) + " is not a number")
	}
	return n
}

// Switch returns the value of a switch.
func (p *Policy) Switch(key Key) bool { return p.Get(key).Value == "true" }

// All lists every setting in the order of its definitions.
func (p *Policy) All() []Value {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all()
}

func (p *Policy) all() []Value {
	values := make([]Value, 0, len(p.options.Definitions))
	for _, d := range p.options.Definitions {
		values = append(values, p.get(d.Key))
	}
	return values
}

// Problems lists what could not be obeyed at the last [Policy.Load].
func (p *Policy) Problems() []Problem {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.problems)
}

// Set stores the user's choice. It returns [ErrUnknown], [ErrLocked],
// [ErrInvalid] or what the store says.
func (p *Policy) Set(ctx context.Context, key Key, value string) error {
	d, known := p.defs[key]
	if !known {
		return fmt.Errorf("%w: %q", ErrUnknown, key)
	}
	return p.change(ctx, key, func() error {
		if !d.Valid(value) {
			return fmt.Errorf("%w: %s", ErrInvalid, key)
		}
		if p.options.User == nil {
			return nil
		}
		return p.options.User.SetSetting(ctx, string(key), value)
	}, func() { p.user[string(key)] = value })
}

// Reset forgets the user's choice. Errors as of [Policy.Set].
func (p *Policy) Reset(ctx context.Context, key Key) error {
	if _, known := p.defs[key]; !known {
		return fmt.Errorf("%w: %q", ErrUnknown, key)
	}
	return p.change(ctx, key, func() error {
		if p.options.User == nil {
			return nil
		}
		return p.options.User.DeleteSetting(ctx, string(key))
	}, func() { delete(p.user, string(key)) })
}

// change stores first and remembers then. What a person decides now counts
// more than what a variable preset at the start.
func (p *Policy) change(ctx context.Context, key Key, store func() error, remember func()) error {
	changed := false
	defer func() { p.tell(changed) }()
	p.writing.Lock()
	defer p.writing.Unlock()
	if p.Get(key).Locked {
		return fmt.Errorf("%w: %s", ErrLocked, key)
	}
	if err := store(); err != nil {
		return err
	}
	p.mu.Lock()
	before := p.get(key)
	remember()
	delete(p.preset, string(key))
	after := p.get(key)
	p.mu.Unlock()
	changed = !sameValues([]Value{before}, []Value{after})
	return nil
}

// tell runs after the locks were given back, so that the listener may ask and set.
func (p *Policy) tell(changed bool) {
	if changed && p.options.Changed != nil {
		p.options.Changed()
	}
}

func sameValues(a, b []Value) bool {
	return slices.EqualFunc(a, b, func(x, y Value) bool {
		return x.Value == y.Value && x.Origin == y.Origin && x.Source == y.Source && x.Locked == y.Locked
	})
}
