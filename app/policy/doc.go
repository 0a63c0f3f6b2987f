// Package policy declares every setting once and says what applies now and who
// decided it: the program, an administrator's default, the user or an enforced
// policy.
//
// It is a leaf: it imports nothing of Kontor, knows no database (values of the
// user come through [UserStore]) and starts nothing. Administrators write JSON
// files; on Linux /etc/kontor/policy.json and then /etc/kontor/policy.d/*.json
// in the order of their names, a later file before an earlier one:
//
//	{
//	  "enforced": {"runtime.allow_remote": false},
//	  "defaults": {"ui.language": "de", "documents.reading_seconds": 30}
//	}
//
// Enforced values are locked. Defaults replace the built-in ones until the user
// decides otherwise; what a user once chose comes back when a policy is
// withdrawn. A file that others than the administrator could have written is
// not obeyed. A broken file or value is a visible [Problem]: settings of the
// security class then stay locked at their built-in, safest value, all others
// fall back to the next source.
package policy
