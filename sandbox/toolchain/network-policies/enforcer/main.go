// Enforces the cluster's NetworkPolicies on the sandbox's node.
//
// Policies are judged by the packages of kubernetes-sigs' kube-network-policies. Its own command queues packets by a
// rule of nftables that some kernels lack, and takes a packet of a pod too new to be known for one from outside. This
// one queues by iptables, as kube-proxy sets its rules, and holds such a packet until the pod is known.
//
// The first packet of every connection that a pod takes part in is judged, those between the node and its own pods
// excepted; connections that were let through stay, whatever the policies become. While this does not run, no new one
// is let through.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/florianl/go-nfqueue/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/kube-network-policies/pkg/api"
	"sigs.k8s.io/kube-network-policies/pkg/network"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
	"sigs.k8s.io/kube-network-policies/pkg/podinfo"
)

const (
	queue = 100
	// Of a packet, its headers.
	headerBytes = 128
	// Longer than the kubelet takes to tell a new pod's address, and shorter than clients wait for an answer.
	patience  = 10 * time.Second
	lookAgain = 50 * time.Millisecond
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "path of a kubeconfig that may list pods, namespaces and network policies")
	node := flag.String("node", "", "name of this node")
	podCIDR := flag.String("pod-cidr", "", "IPv4 addresses of this node's pods")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *kubeconfig, *node, *podCIDR); err != nil {
		fmt.Fprintln(os.Stderr, "network policies are enforced no longer:", err)
		os.Exit(1)
	}
}

// run sets the rules and judges what they queue until the context is done.
func run(ctx context.Context, kubeconfig, node, podCIDR string) error {
	_, pods, err := net.ParseCIDR(podCIDR)
	if err != nil {
		return fmt.Errorf("--pod-cidr: %w", err)
	}
	judge, err := newJudge(ctx, kubeconfig, node, pods)
	if err != nil {
		return err
	}
	// A queue that nobody reads drops what it is given: nothing passes before it is read.
	if err := setRules(podCIDR); err != nil {
		return err
	}
	packets, err := nfqueue.Open(&nfqueue.Config{
		NfQueue:      queue,
		MaxPacketLen: headerBytes,
		MaxQueueLen:  4096,
		Copymode:     nfqueue.NfQnlCopyPacket,
		Flags:        nfqueue.NfQaCfgFlagGSO,
		WriteTimeout: time.Second,
	})
	if err != nil {
		return fmt.Errorf("queue %d of the kernel cannot be opened (nfnetlink_queue): %w", queue, err)
	}
	defer packets.Close()
	handle := func(attribute nfqueue.Attribute) int {
		id := *attribute.PacketID
		packet, err := network.ParsePacket(*attribute.Payload)
		// Each waits for itself, so that a new pod's packet holds up no other.
		go func() {
			verdict := nfqueue.NfDrop
			if err != nil {
				log.Println("dropped, not understood:", err)
			} else if judge.allows(ctx, &packet) {
				verdict = nfqueue.NfAccept
			}
			if err := packets.SetVerdict(id, verdict); err != nil {
				log.Println("verdict not taken:", err)
			}
		}()
		return 0
	}
	failed := make(chan error, 1)
	onError := func(err error) int {
		var timeout net.Error
		// A burst beyond the socket's buffer loses packets, which their senders repeat.
		if (errors.As(err, &timeout) && timeout.Timeout()) || errors.Is(err, syscall.ENOBUFS) {
			return 0
		}
		select {
		case failed <- err:
		default:
		}
		return 1
	}
	if err := packets.RegisterWithErrorFunc(ctx, handle, onError); err != nil {
		return err
	}
	log.Println("network policies are enforced")
	select {
	case err := <-failed:
		if ctx.Err() == nil {
			return err
		}
	case <-ctx.Done():
	}
	return nil
}

// judge decides on connections by the policies that the API server has.
type judge struct {
	engine *networkpolicy.PolicyEngine
	info   api.PodInfoProvider
	pods   *net.IPNet
}

func newJudge(ctx context.Context, kubeconfig, node string, pods *net.IPNet) (*judge, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("--kubeconfig: %w", err)
	}
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(clients, 0, informers.WithTransform(withoutManagedFields))
	namespaces, podInformer := factory.Core().V1().Namespaces(), factory.Core().V1().Pods()
	policies := factory.Networking().V1().NetworkPolicies()
	living, err := newLivingPods(podInformer.Informer())
	if err != nil {
		return nil, err
	}
	info := podinfo.NewInformerProvider(podInformer, namespaces, nil, []podinfo.IPResolver{living})
	standard := networkpolicy.NewStandardNetworkPolicy(node, namespaces, podInformer, policies)
	factory.Start(ctx.Done())
	return &judge{networkpolicy.NewPolicyEngine(info, []api.PolicyEvaluator{standard}), info, pods}, nil
}

// withoutManagedFields saves the memory of what nobody reads.
func withoutManagedFields(object any) (any, error) {
	if accessor, err := meta.Accessor(object); err == nil {
		accessor.SetManagedFields(nil)
	}
	return object, nil
}

// allows says whether a connection may begin with this packet.
func (j *judge) allows(ctx context.Context, packet *network.Packet) bool {
	// A pod cannot be cut off from itself, says Kubernetes, also where it calls itself by a Service.
	if packet.SrcIP.Equal(packet.DstIP) {
		return true
	}
	flow := fmt.Sprintf("%s %s:%d to %s:%d", packet.Proto, packet.SrcIP, packet.SrcPort, packet.DstIP, packet.DstPort)
	for end := time.Now().Add(patience); !j.engine.Ready() || !j.known(packet.SrcIP) || !j.known(packet.DstIP); {
		if time.Now().After(end) || ctx.Err() != nil {
			log.Println("dropped, of an unknown pod:", flow)
			return false
		}
		time.Sleep(lookAgain)
	}
	allowed, err := j.engine.EvaluatePacket(ctx, packet)
	if err != nil {
		log.Printf("dropped, as it could not be judged: %s: %v", flow, err)
		return false
	}
	if !allowed {
		log.Printf("denied: %s, %s to %s", flow, j.name(packet.SrcIP), j.name(packet.DstIP))
	}
	return allowed
}

// known says whether an address is not a pod's, or is that of a pod whose labels are known.
func (j *judge) known(ip net.IP) bool {
	if !j.pods.Contains(ip) {
		return true
	}
	_, found := j.info.GetPodInfoByIP(ip.String())
	return found
}

func (j *judge) name(ip net.IP) string {
	if pod, found := j.info.GetPodInfoByIP(ip.String()); found {
		return pod.Namespace.Name + "/" + pod.Name
	}
	return "outside"
}

// livingPods finds pods by their address. Those that have ended do not count: others may have their addresses by now.
type livingPods struct{ index cache.Indexer }

const byIP = "ip-of-living-pod"

func newLivingPods(informer cache.SharedIndexInformer) (*livingPods, error) {
	err := informer.AddIndexers(cache.Indexers{byIP: func(object any) ([]string, error) {
		pod, ok := object.(*corev1.Pod)
		if !ok || pod.Spec.HostNetwork || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			return nil, nil
		}
		ips := make([]string, 0, len(pod.Status.PodIPs))
		for _, ip := range pod.Status.PodIPs {
			ips = append(ips, ip.IP)
		}
		return ips, nil
	}})
	return &livingPods{informer.GetIndexer()}, err
}

// LookupPod returns namespace and name of the pod that has the address.
func (p *livingPods) LookupPod(ip string) (string, bool) {
	keys, err := p.index.IndexKeys(byIP, ip)
	if err != nil || len(keys) != 1 {
		return "", false
	}
	return keys[0], true
}

// setRules queues the first packet of each connection from a pod to the node, and from or to a pod elsewhere. Both
// places come after the addresses of Services have become those of pods.
func setRules(podCIDR string) error {
	first := []string{"-m", "conntrack", "--ctstate", "NEW", "-j", "NFQUEUE", "--queue-num", strconv.Itoa(queue)}
	for _, match := range [][]string{{"INPUT", "-s", podCIDR}, {"FORWARD", "-s", podCIDR}, {"FORWARD", "!", "-s", podCIDR, "-d", podCIDR}} {
		rule := append(match, first...)
		if iptables("--check", rule) == nil {
			continue
		}
		if err := iptables("--append", rule); err != nil {
			return err
		}
	}
	return nil
}

func iptables(action string, rule []string) error {
	args := append([]string{"--wait", "--table", "mangle", action}, rule...)
	if output, err := exec.Command("iptables", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("iptables %v: %w: %s", args, err, output)
	}
	return nil
}
