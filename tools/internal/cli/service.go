package cli

import "github.com/spf13/cobra"

// service is a kind of server that commands talk to.
type service struct {
	// name for people, and executable that runs it.
	name, executable string
	defaultAddr      string
	// variables are those of the environment that name its address, the first
	// one that is set wins.
	variables []string
}

func fileService() service {
	return service{
		name: "file service", executable: fileUploadService, defaultAddr: "127.0.0.1:7070",
		variables: []string{"SLUICE_ADDR"},
	}
}

func collectorService() service {
	return service{
		name: "collector", executable: collectorExecutable, defaultAddr: "127.0.0.1:7071",
		variables: []string{"SLUICE_POINTS_ADDR", "SLUICE_ADDR"},
	}
}

func logService() service {
	return service{
		name: "log service", executable: logExecutable, defaultAddr: "127.0.0.1:7072",
		variables: []string{"SLUICE_LOGS_ADDR", "SLUICE_ADDR"},
	}
}

// logExecutable is the executable of the service that takes logs.
const logExecutable = "sluice-logagg"

// collectorExecutable is the executable of the service that takes data points.
const collectorExecutable = "sluice-collector"

// ofCollector marks a command, and those below it, as one for the collector.
func ofCollector(cmd *cobra.Command) *cobra.Command {
	annotate(cmd, "service", collectorExecutable)
	return cmd
}

// ofLogs marks a command, and those below it, as one for the log service.
func ofLogs(cmd *cobra.Command) *cobra.Command {
	annotate(cmd, "service", logExecutable)
	return cmd
}

// serviceOf returns the kind of server that a command talks to.
func serviceOf(cmd *cobra.Command) service {
	for ; cmd != nil; cmd = cmd.Parent() {
		switch cmd.Annotations["service"] {
		case collectorExecutable:
			return collectorService()
		case logExecutable:
			return logService()
		}
	}
	return fileService()
}

// addr is where the service is when no flag says it.
func (s service) addr(getenv func(string) string) string {
	for _, name := range s.variables {
		if addr := getenv(name); addr != "" {
			return addr
		}
	}
	return s.defaultAddr
}

func annotate(cmd *cobra.Command, key, value string) {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[key] = value
}
