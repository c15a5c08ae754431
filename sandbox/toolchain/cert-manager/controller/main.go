// The controller of cert-manager, for machines that cannot pull upstream's image of it.
//
// The commands of cert-manager are Go modules of their own, and only the module of its packages is published. This
// command runs the controllers of those packages that certificates signed by a CA need. Its flags are some of upstream's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/cert-manager/cert-manager/pkg/controller"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
)

const (
	workers       = 2
	healthAddress = ":9403"
)

func main() {
	names := flag.String("controllers", "", "names of the controllers to run, with commas")
	namespace := flag.String("cluster-resource-namespace", "cert-manager", "namespace of the Secrets of ClusterIssuers")
	kubeconfig := flag.String("kubeconfig", "", "path of a kubeconfig; without it the pod's ServiceAccount")
	elect := flag.Bool("leader-elect", true, "must be false: this build runs alone")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, strings.Split(*names, ","), *namespace, *kubeconfig, *elect); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "cert-manager's controller ends:", err)
		os.Exit(1)
	}
}

// run runs the named controllers until the context is done or one of them fails.
func run(ctx context.Context, names []string, namespace, kubeconfig string, elect bool) error {
	if elect {
		return errors.New("this build elects no leader: give --leader-elect=false, and run one of it")
	}
	factory, err := controller.NewContextFactory(ctx, controller.ContextOptions{
		Kubeconfig:         kubeconfig,
		KubernetesAPIQPS:   20,
		KubernetesAPIBurst: 50,
		IssuerOptions:      controller.IssuerOptions{ClusterResourceNamespace: namespace},
		CertificateOptions: controller.CertificateOptions{
			CertificateRequestMinimumBackoffDuration: time.Hour,
			CertificateRequestMaximumBackoffDuration: 32 * time.Hour,
		},
	})
	if err != nil {
		return err
	}
	shared, err := factory.Build()
	if err != nil {
		return err
	}
	loops := make([]controller.Interface, 0, len(names))
	for _, name := range names {
		make, known := controller.Known()[name]
		if !known {
			return fmt.Errorf("--controllers names %q, which this build does not have", name)
		}
		loop, err := make(factory)
		if err != nil {
			return fmt.Errorf("controller %s: %w", name, err)
		}
		loops = append(loops, loop)
	}
	// The loops have said what they watch; now it is watched.
	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())

	ended := make(chan error)
	for _, loop := range loops {
		go func() { ended <- loop.Run(workers, ctx) }()
	}
	health := http.NewServeMux()
	health.HandleFunc("/livez", func(http.ResponseWriter, *http.Request) {})
	go func() { ended <- http.ListenAndServe(healthAddress, health) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
}
