package main

import (
	"context"
	"errors"
)

func withDisplay(context.Context, *step, func(screen []string) error) error {
	return errors.New("a display without a screen exists on Unix only")
}
