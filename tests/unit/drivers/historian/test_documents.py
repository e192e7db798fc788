import pytest

from drivers.historian.documents import from_json, key_of, pack, to_json, unpack
from kernel.finding import Assessment
from kernel.forecast import Forecast
from kernel.plan import Plan
from tests.fakes.nord_alarms import alarm
from tests.unit.drivers.historian.outbox_samples import finding, order

DOCUMENTS = {
    "forecast": Forecast(
        point="f11/active_power",
        made_at_ns=3,
        start_ns=4,
        step_s=900.0,
        quantiles=(0.1, 0.5, 0.9),
        values=((1.0, 2.0, 3.0),),
        model="m 1",
    ),
    "plan": Plan(
        point="bat1/active_power_setpoint",
        made_at_ns=3,
        start_ns=4,
        step_s=900.0,
        values=(1.0,),
        valid_until_ns=9,
        maker="optimiser",
    ),
    "assessment": Assessment(
        asset="t1", made_at_ns=3, condition="watch", failure_per_year=0.1, failure_low=0.0, failure_high=0.2
    ),
    "finding": finding(3),
    "repair_order": order(3),
    "alarm": alarm(),
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_document_comes_back_from_outbox_and_database(kind):
    document = DOCUMENTS[kind]
    assert unpack(pack([document])) == (document,)
    assert from_json(to_json(document)) == document
    assert key_of(document).kind == kind


def test_two_makers_of_plans_for_one_point_do_not_share_a_key():
    plan = DOCUMENTS["plan"]
    assert key_of(plan).id == "optimiser:bat1/active_power_setpoint"
