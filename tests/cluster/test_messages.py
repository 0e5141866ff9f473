"""What travels between machines: values that survive the journey."""

import cloudpickle

import dynscaling_nb as dn
from dynscaling_nb.bandit.policies import policy
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.cluster.messages import Order, Report
from dynscaling_nb.errors import ModelUnavailable


def test_an_order_arrives_as_it_was_sent():
    order = Order("run/0", 8, 2, 100, 3, 4, policy("ucb"), dn.FlipBelow(0.1), Plan(), version=2)
    copy = cloudpickle.loads(cloudpickle.dumps(order))
    assert (copy.shard, copy.budget, copy.heard, copy.version) == ("run/0", 8, 2, 2)
    assert copy.policy.name == "ucb"
    assert copy.plan == Plan()
    assert not copy.ended


def test_a_report_arrives_with_its_error():
    response = dn.Response("1", 0, "parallel", "text", "7", ())
    report = Report("tcp://a", responses=[response], error=ModelUnavailable("the server is gone"))
    copy = cloudpickle.loads(cloudpickle.dumps(report))
    assert copy.responses == [response]
    assert isinstance(copy.error, ModelUnavailable)
    assert str(copy.error) == "the server is gone"
    assert copy.holds_shard
