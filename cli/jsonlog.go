package cli

import (
	"context"
	"errors"
	"log/slog"

	"mobile3batch/mobile3"
	"mobile3batch/pipeline"
)

// watch logs every call by its row, class and request id, for machines that keep
// logs: verdicts as information, all else as warnings. In text nobody wants a line
// a call.
func (t *talker) watch() func(pipeline.Call) {
	if t.log == nil {
		return nil
	}
	return func(c pipeline.Call) {
		out := c.Outcome
		level := slog.LevelWarn
		if out.Class == mobile3.Verdict {
			level = slog.LevelInfo
		}
		facts := []slog.Attr{
			slog.Int("row", c.Line), slog.String("class", out.Class.String()), slog.Int("http", out.Answer.HTTPStatus),
			slog.String("requestId", out.RequestID), slog.Int64("ms", c.Took.Milliseconds()),
		}
		if out.GatewayCode != "" {
			facts = append(facts, slog.String("code", out.GatewayCode))
		}
		t.log.LogAttrs(context.Background(), level, "call", facts...)
	}
}

// ended logs how a run ended, with its exit code; without a log the error goes on
// to be printed.
func (t *talker) ended(end error) error {
	if t.log == nil {
		return end
	}
	code, silent := exitOK, silentExit(0)
	switch {
	case end == nil:
	case errors.As(end, &silent):
		code = int(silent)
	default:
		code = codeOf(end)
		t.log.Error(sentence(end), "exit", code)
		return silentExit(code)
	}
	t.log.Info("end", "exit", code)
	return end
}
