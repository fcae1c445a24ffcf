package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"mobile3batch/mobile3"
)

const (
	envAppCode   = "MOBILE3_APPCODE"
	envAppKey    = "MOBILE3_APP_KEY"
	envAppSecret = "MOBILE3_APP_SECRET"
)

var errNoCredentials = fmt.Errorf(`%w: none were given.
Set %s, or use --appcode-file FILE; for signed requests set %s and %s, or use --app-secret-file FILE.
To try it without an account: mobile3batch run --sandbox INPUT`,
	mobile3.ErrCredentials, envAppCode, envAppKey, envAppSecret)

// credentials come from the environment or from files, never from a flag's
// value: other users of the machine can read a process's arguments.
func credentials(o options) (mobile3.Credentials, error) {
	var c mobile3.Credentials
	appCode, err := secretFrom("appcode-file", o.appCodeFile, envAppCode)
	if err != nil {
		return c, err
	}
	appSecret, err := secretFrom("app-secret-file", o.appSecretFile, envAppSecret)
	if err != nil {
		return c, err
	}
	c = mobile3.Credentials{
		AppCode:   mobile3.NewSecret(appCode),
		AppKey:    strings.TrimSpace(os.Getenv(envAppKey)),
		AppSecret: mobile3.NewSecret(appSecret),
	}
	if appCode == "" && c.AppKey == "" && appSecret == "" {
		return c, errNoCredentials
	}
	return c, nil
}

func secretFrom(flag, file, env string) (string, error) {
	if file == "" {
		return strings.TrimSpace(os.Getenv(env)), nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return "", fmt.Errorf("%w: --%s %s: %w", mobile3.ErrCredentials, flag, file, err)
	}
	s := strings.TrimSpace(string(b))
	if s == "" {
		return "", fmt.Errorf("%w: --%s %s is empty", mobile3.ErrCredentials, flag, file)
	}
	return s, nil
}
