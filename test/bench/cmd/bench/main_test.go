package main

import (
	"errors"
	"strings"
	"testing"
)

// What is compared is measured by turns: a machine may be slower at the end.
func TestMeasurementsTakeTurnsAndTheMiddleOneCounts(t *testing.T) {
	t.Parallel()
	var order strings.Builder
	n := 0.0
	m := func(name string, runs int) measurement[float64] {
		return measurement[float64]{runs, func() (float64, error) {
			order.WriteString(name)
			n++
			return n, nil
		}}
	}
	found, err := inTurns([]measurement[float64]{m("a", 3), m("b", 0), m("c", 2)})
	if err != nil || order.String() != "abcaca" {
		t.Fatalf("%s, %v", order.String(), err)
	}
	for i, want := range []float64{4, 2, 5} { // a at 1, 4, 6; b at 2; c at 3, 5
		if got := middle(found[i], func(f float64) float64 { return f }); got != want {
			t.Errorf("the middle of %v is %v, want %v", found[i], got, want)
		}
	}
}

func TestAMeasurementThatFailsSaysWhichItWas(t *testing.T) {
	t.Parallel()
	cause := errors.New("no relay")
	_, err := inTurns([]measurement[int]{{2, named("RSA-2048", func() (int, error) { return 0, cause })}})
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), "RSA-2048") {
		t.Error(err)
	}
}
