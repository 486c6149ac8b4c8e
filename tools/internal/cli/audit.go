package cli

import (
	"github.com/spf13/cobra"
)

func (a *app) auditCommand() *cobra.Command {
	cmd := group("audit", "Verify and read the audit log of a server",
		a.auditVerifyCommand(),
		a.auditShowCommand(),
	)
	return without(cmd, connection()...)
}
