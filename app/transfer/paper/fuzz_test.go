package paper

import "testing"

// Whatever a model writes between its marks, a formula comes to an end.
func FuzzFormula(f *testing.F) {
	for _, tex := range []string{`\frac{1}{2}`, `x_{1}^2`, `\sqrt[3]{x}`, `\begin{cases} a \\ b \end{cases}`, `\left( \text{x}`} {
		f.Add(tex)
	}
	f.Fuzz(func(t *testing.T, tex string) {
		if text, ok := lined(tex); ok && text == "" {
			t.Errorf("%q became nothing", tex)
		}
	})
}
